using System.Text.Json.Serialization;

namespace Fer.Models.Data;

/// <summary>One picture of an image set, as a row of its table.</summary>
/// <param name="Id">Unique in its set: a file's path below the source, a csv's row, a drawn or generated image's name.</param>
/// <param name="Label">Index into the set's <see cref="LabelSpace"/>.</param>
/// <param name="Group">Rows of one group (twins by pixels, one identity) never stand on two sides of a split.</param>
/// <param name="Source">Where pictures like this one come from: <c>fer2013</c>, <c>sketch</c>, <c>gan</c> …</param>
public sealed record ImageRow(string Id, int Label, string Group, string Source)
{
    /// <summary>How to draw it again; only generated images have one.</summary>
    public ImageRecipe? Recipe { get; init; }

    /// <summary>What the filter saw of a generated image; of a real one with a soft label, what classifiers say that were not trained on it.</summary>
    public FilterFacts? Facts { get; init; }
}

/// <summary>
/// How a generated image came to be. A convolution's bits depend on the batch it ran in, so redrawing draws the whole
/// batch: latents at the address (seed, class, batch), image number <paramref name="Place"/> of it.
/// </summary>
/// <param name="Generator">SHA-256 (hex) of the artifact with the generator's weights.</param>
/// <param name="Class">The intended class by name.</param>
/// <param name="Seed">The sampling step's seed.</param>
/// <param name="Batch">Number of the batch within the step.</param>
/// <param name="BatchSize">Images in that batch.</param>
/// <param name="Place">Index in the batch.</param>
public sealed record ImageRecipe(string Generator, string Class, long Seed, int Batch, int BatchSize, int Place)
{
    /// <summary>What its latents were multiplied by; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Psi { get; init; }
}

/// <summary>What the filter measured on a generated image. A real one has confidence and posterior only.</summary>
/// <param name="Confidence">Calibrated probability of the intended class, 0 … 1.</param>
/// <param name="Distance">Near-copy distance to the nearest training face.</param>
/// <param name="Nearest">Id of that face.</param>
/// <param name="Reason">Why it was rejected (<c>confidence</c>, <c>wrong-class</c>, <c>near-copy</c> …); null when kept.</param>
public sealed record FilterFacts(double Confidence, double Distance, string Nearest, string? Reason)
{
    /// <summary>Distance to the nearest training face in a network's features, where near copies are looked for there, too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FeatureDistance { get; init; }

    /// <summary>The teacher's calibrated probability of each class, in label order: a soft label. Null where nobody kept it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float[]? Posterior { get; init; }
}
