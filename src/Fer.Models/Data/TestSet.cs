namespace Fer.Models.Data;

/// <summary>
/// Test images behind a wall: nothing public gives their pixels, and their file does not open as an
/// <see cref="ImageSet"/>. Only <c>Fer.Models.Evaluation</c> reads them, to make predictions.
/// </summary>
public sealed class TestSet(ImageSet images)
{
    internal ImageSet Images { get; } = images;

    public LabelSpace Labels => Images.Labels;

    public int Count => Images.Count;

    public int[] CountByClass() => Images.CountByClass();

    public byte[] ToBytes() => Images.ToBytes(ImageSet.WallMark);

    public static TestSet Read(ReadOnlySpan<byte> file, string name) => new(ImageSet.Read(file, name, walled: true));
}
