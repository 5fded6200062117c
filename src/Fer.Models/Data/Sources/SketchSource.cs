using Fer.Models.Data.Sketch;

namespace Fer.Models.Data.Sources;

/// <summary>SketchFaces as a source: an unbalanced pool to train on, and a balanced test set of other people.</summary>
internal static class SketchSource
{
    public static SourceContent Read(DataSettings settings, IReadOnlyCollection<string> asked, IProgress<DataProgress>? progress)
    {
        var classes = SourceReader.Choose(asked, SketchFaces.Expressions.Names, "SketchFaces");
        var space = new LabelSpace(classes);
        var total = settings.SketchCount + settings.SketchTestCount;
        ImageSet Draw(string stream, int count, System.Collections.Immutable.ImmutableArray<double> shares, int before) => SketchFaces.Draw(
            settings.SketchSeed, stream, count, space, shares, settings.ImageSize, settings.Channels,
            done =>
            {
                if (done % 256 == 0)
                {
                    progress?.Report(new DataProgress("drawing faces", before + done, total));
                }
            });
        var pool = Draw("pool", settings.SketchCount, SketchFaces.Natural, 0);
        var test = Draw("test", settings.SketchTestCount, SketchFaces.Balanced, settings.SketchCount);
        return new SourceContent("SketchFaces", "sketch", classes, [.. Images(pool, Split.Train), .. Images(test, Split.Test)], []);
    }

    private static IEnumerable<SourceImage> Images(ImageSet set, Split split) => set.Rows.Select((row, i) =>
    {
        var pixels = set.Image(i).ToArray();
        return new SourceImage(row.Id, split, set.Labels[row.Label], pixels, SourceImage.HashOf(pixels), set.Width, set.Height, row.Group);
    });
}
