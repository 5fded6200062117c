using System.Collections.Immutable;
using System.Globalization;
using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>
/// Drawn faces with seven expressions: data that need no download, as many as wanted. A face is a function of seed,
/// stream, index and expression alone. Five faces in a row show one person, their group; people of different streams are different ones.
/// </summary>
public static class SketchFaces
{
    private const int FacesPerPerson = 5;
    private const int Block = 70;

    /// <summary>The seven expressions in label order.</summary>
    public static LabelSpace Expressions { get; } = new(["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]);

    /// <summary>Shares of the expressions in a collection as it grows in the wild: few disgusted and frightened faces, many happy ones.</summary>
    public static ImmutableArray<double> Natural { get; } = [0.14, 0.05, 0.07, 0.27, 0.20, 0.16, 0.11];

    /// <summary>Equal shares.</summary>
    public static ImmutableArray<double> Balanced { get; } = [1, 1, 1, 1, 1, 1, 1];

    /// <summary>Draws one face, <c>[C, H, W]</c>, 8 bits.</summary>
    /// <param name="seed">Seed of all people and pictures.</param>
    /// <param name="stream">Which collection of people: <c>pool</c>, <c>test</c> or any other name.</param>
    /// <param name="index">Number of the face in its stream; decides the person.</param>
    /// <param name="expression">One of <see cref="Expressions"/>.</param>
    /// <param name="size">Width and height in pixels.</param>
    /// <param name="channels">1 or 3.</param>
    public static byte[] Draw(long seed, string stream, int index, string expression, int size = 48, int channels = 1)
    {
        var address = Stream(seed, stream);
        return SketchFace.Draw(new SketchPerson(address.At("person").At(index / FacesPerPerson)), expression, address.At("face").At(index), size, channels);
    }

    /// <summary>
    /// Draws the first <paramref name="count"/> faces of a stream. More faces begin with the same ones as fewer.
    /// </summary>
    /// <param name="seed">Seed of all people and pictures.</param>
    /// <param name="stream">Which collection of people.</param>
    /// <param name="count">Number of faces.</param>
    /// <param name="classes">Expressions to draw, in label order.</param>
    /// <param name="shares">Shares of the seven expressions, <see cref="Natural"/> or <see cref="Balanced"/>.</param>
    /// <param name="size">Width and height in pixels.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="drawn">Told the number of faces drawn so far, from several threads.</param>
    public static ImageSet Draw(long seed, string stream, int count, LabelSpace classes, ImmutableArray<double> shares, int size = 48, int channels = 1, Action<int>? drawn = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        var labels = Labels(Stream(seed, stream), count, [.. classes.Names.Select(n => shares[Expressions.IndexOf(n)])]);
        var imageBytes = channels * size * size;
        var pixels = new byte[(long)count * imageBytes];
        var done = 0;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            Draw(seed, stream, i, classes[labels[i]], size, channels).CopyTo(pixels, (long)i * imageBytes);
            drawn?.Invoke(Interlocked.Increment(ref done));
        });
        var rows = labels.Select((label, i) => new ImageRow(
            string.Create(CultureInfo.InvariantCulture, $"{stream}-{seed}-{i:D6}"), label, string.Create(CultureInfo.InvariantCulture, $"{stream}-{seed}-person-{i / FacesPerPerson:D5}"), "sketch"));
        return new ImageSet(classes, channels, size, size, rows, pixels);
    }

    private static Address Stream(long seed, string stream) => Address.Of(seed).At("sketch").At(stream);

    /// <summary>
    /// The expression of each face: in shares that hold for every stretch of <see cref="Block"/> faces, in random order
    /// within it, so that a person shows any mix of them.
    /// </summary>
    private static int[] Labels(Address stream, int count, double[] shares)
    {
        var total = shares.Sum();
        var drawn = new int[shares.Length];
        var labels = new int[(count + Block - 1) / Block * Block];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = Enumerable.Range(0, shares.Length).MaxBy(c => shares[c] / total * (i + 1) - drawn[c]);
            drawn[labels[i]]++;
        }

        return [.. labels.Chunk(Block).SelectMany((chunk, b) => stream.At("order").At(b).Permutation(Block).Select(i => chunk[i])).Take(count)];
    }
}
