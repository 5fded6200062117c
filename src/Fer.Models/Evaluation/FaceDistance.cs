using Fer.Models.Data;
using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Distance of an image to the nearest of many faces, blind to light, contrast, mirroring and small shifts: both are
/// averaged down to 16×16 grey, brought to mean 0 and deviation 1, and compared by the root mean square difference, least over the query's mirror
/// image and shifts by one of the 16 pixels each way. 0 is a copy, √2 is what unrelated pictures come to, 2 a negative.
/// </summary>
public sealed class FaceDistance : IDisposable
{
    private const int Side = 16;

    /// <summary>Queries compared at a time. Fixed, so that a query's bits do not depend on how many come with it.</summary>
    public const int BatchSize = 16;

    private readonly ImageSet faces;
    private readonly Tensor prepared;
    private readonly Device device;

    /// <param name="faces">The faces to search, at least one.</param>
    /// <param name="device">Where to search.</param>
    public FaceDistance(ImageSet faces, Device device)
    {
        if (faces.Count == 0)
        {
            throw new BadInputException("There is no training face to measure distances to.");
        }

        this.faces = faces;
        this.device = device;
        using var scope = NewDisposeScope();
        prepared = Prepared(faces, device).t().contiguous().DetachFromDisposeScope();
    }

    public static int Batches(int queries) => (queries + BatchSize - 1) / BatchSize;

    /// <summary>For each image of one batch of the set: distance to the nearest face, and that face's place.</summary>
    public (double Distance, int Nearest)[] Nearest(ImageSet queries, int batch)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var first = batch * BatchSize;
        var count = Math.Min(BatchSize, queries.Count - first);
        var places = Enumerable.Range(0, BatchSize).Select(i => first + Math.Min(i, count - 1)).ToArray();
        var variants = Variants(Small(queries.Batch(places).to(device)));
        var (similarity, index) = Unit(variants).matmul(prepared).max(1);
        var best = similarity.cpu().data<float>().ToArray();
        var where = index.cpu().data<long>().ToArray();
        var result = new (double, int)[count];
        for (var i = 0; i < count; i++)
        {
            // Variant v of query i stands in row v · B + i.
            var top = i;
            for (var row = i + BatchSize; row < best.Length; row += BatchSize)
            {
                top = best[row] > best[top] ? row : top;
            }

            result[i] = (Math.Sqrt(Math.Max(0, 2 - 2.0 * best[top])), (int)where[top]);
        }

        return result;
    }

    /// <summary>All images of a set.</summary>
    public IReadOnlyList<(double Distance, int Nearest)> Nearest(ImageSet queries) =>
        [.. Enumerable.Range(0, Batches(queries.Count)).SelectMany(b => Nearest(queries, b))];

    public string Id(int face) => faces.Rows[face].Id;

    /// <summary>
    /// What distances are measured between, one row of 256 numbers of length 1 for each image: their distance is Euclid's, without mirroring and shifts.
    /// </summary>
    internal static FeatureTable Features(ImageSet images, Device device)
    {
        using var scope = NewDisposeScope();
        return new FeatureTable(Side * Side, images.Count == 0 ? [] : Prepared(images, device).cpu().data<float>().ToArray());
    }

    private static Tensor Prepared(ImageSet images, Device device)
    {
        using var quiet = no_grad();
        var parts = new List<Tensor>();
        for (var from = 0; from < images.Count; from += 1024)
        {
            using var inner = NewDisposeScope();
            var some = images.Batch([.. Enumerable.Range(from, Math.Min(1024, images.Count - from))]).to(device);
            parts.Add(Unit(Small(some)).MoveToOuterDisposeScope());
        }

        return cat(parts, 0);
    }

    /// <summary><c>[B, C, H, W]</c> → <c>[B, 1, 16, 16]</c>.</summary>
    private static Tensor Small(Tensor images) => nn.functional.adaptive_avg_pool2d(images.mean([1], keepdim: true), Side);

    /// <summary><c>[B, 1, 16, 16]</c> → <c>[18·B, 1, 16, 16]</c>: shifts −1, 0, 1 each way with edges repeated, of the image and of its mirror image.</summary>
    private static Tensor Variants(Tensor small)
    {
        var both = new[] { small, small.flip(3) }.Select(t => nn.functional.pad(t, [1, 1, 1, 1], PaddingModes.Replicate));
        return cat([.. both.SelectMany(t => Enumerable.Range(0, 9).Select(s => t.narrow(2, s / 3, Side).narrow(3, s % 3, Side)))], 0);
    }

    /// <summary>Rows of mean 0 and length 1, <c>[B, 256]</c>; a picture of one tone becomes 0.</summary>
    private static Tensor Unit(Tensor small)
    {
        var flat = small.flatten(1);
        var centred = flat - flat.mean([1], keepdim: true);
        return centred / centred.norm(1, true, 2f).AtLeast(1e-4);
    }

    public void Dispose() => prepared.Dispose();
}
