using System.Collections.Immutable;

namespace Fer.Models.Data.Sources;

/// <summary>
/// Folders of pictures named after their classes, alone or below folders <c>train</c>, <c>test</c> and <c>validation</c>
/// (Kaggle's layout of FER2013), in a folder or a zip. Class names are taken in lower case.
/// </summary>
internal static class ClassFolders
{
    private sealed record Entry(string File, Split Split, string Class);

    public static SourceContent Read(FileTree tree, string path, DataSettings settings, IReadOnlyCollection<string> asked, IProgress<DataProgress>? progress)
    {
        var (entries, classes, homeless) = Arrange(tree, path);
        var chosen = SourceReader.Choose(asked, classes, path);
        var wanted = entries.Where(e => chosen.Contains(e.Class)).ToList();
        var codec = new ImageCodec(settings);
        var images = new SourceImage?[wanted.Count];
        var reasons = new string?[wanted.Count];
        var done = 0;
        Parallel.For(0, wanted.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var entry = wanted[i];
            try
            {
                var (pixels, width, height, reason) = codec.Decode(tree.Read(entry.File));
                reasons[i] = reason;
                images[i] = pixels is null ? null : new SourceImage(entry.File, entry.Split, entry.Class, pixels, SourceImage.HashOf(pixels), width, height);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException)
            {
                reasons[i] = $"cannot be read ({e.Message})";
            }

            var count = Interlocked.Increment(ref done);
            if (count % 256 == 0 || count == wanted.Count)
            {
                progress?.Report(new DataProgress("reading images", count, wanted.Count));
            }
        });
        var broken = homeless.Select(f => new BrokenImage(f, "lies in no class folder"))
            .Concat(wanted.Select((e, i) => (e, Reason: reasons[i])).Where(p => p.Reason is not null).Select(p => new BrokenImage(p.e.File, p.Reason!)));
        return new SourceContent("class folders", "file", chosen, [.. images.OfType<SourceImage>()], [.. broken]);
    }

    /// <summary>Says of each picture which split and class its folders make it.</summary>
    private static (List<Entry> Entries, ImmutableSortedSet<string> Classes, List<string> Homeless) Arrange(FileTree tree, string path)
    {
        var pictures = tree.Files.Where(ImageCodec.IsPicture).Select(f => f.Split('/')).ToList();
        if (pictures.Count == 0)
        {
            throw new BadInputException($"{path} holds no pictures: expected folders of them named after their classes, or a FER2013 csv.");
        }

        var split = pictures.Any(p => SplitAt(p) >= 0);
        var wrapper = split ? 0 : Wrappers(pictures);
        var entries = new List<Entry>();
        var homeless = new List<string>();
        foreach (var parts in pictures)
        {
            // Below a split, or else below folders that everything lies in.
            var at = split ? SplitAt(parts) + 1 : wrapper;
            if (at >= parts.Length - 1 || (split && at == 0))
            {
                homeless.Add(string.Join('/', parts));
            }
            else
            {
                entries.Add(new Entry(string.Join('/', parts), split ? SplitOf(parts[at - 1])!.Value : Split.Train, parts[at].ToLowerInvariant()));
            }
        }

        entries = WithPublicTestAsTest(entries, pictures);
        var emptyClasses = tree.Folders.Select(f => f.Split('/')).Where(p => split && SplitAt(p) >= 0 && SplitAt(p) + 2 == p.Length && SplitOf(p[^2]) == Split.Train || !split && p.Length == wrapper + 1).Select(p => p[^1].ToLowerInvariant());
        var classes = entries.Where(e => e.Split == Split.Train).Select(e => e.Class).Concat(emptyClasses).ToImmutableSortedSet(StringComparer.Ordinal);
        if (entries.FirstOrDefault(e => !classes.Contains(e.Class)) is { } stranger)
        {
            throw classes.IsEmpty
                ? new BadInputException($"{path} has no pictures to train on: expected a folder 'train' beside '{stranger.File.Split('/')[0]}'.")
                : new BadInputException($"{path}: '{stranger.File}' is of a class '{stranger.Class}' that the training folders lack; they have {string.Join(", ", classes)}.");
        }

        return (entries, classes, homeless);
    }

    // FER2013's public test set is a test set as long as there is no other.
    private static List<Entry> WithPublicTestAsTest(List<Entry> entries, List<string[]> pictures) =>
        entries.All(e => e.Split != Split.Test) && pictures.Any(p => p.Any(IsPublicTest))
            ? [.. entries.Select(e => e.Split == Split.Validation ? e with { Split = Split.Test } : e)]
            : entries;

    private static bool IsPublicTest(string folder) => folder.Equals("publictest", StringComparison.OrdinalIgnoreCase);

    private static int SplitAt(string[] parts) => Array.FindIndex(parts, 0, parts.Length - 1, p => SplitOf(p) is not null);

    private static Split? SplitOf(string folder) => folder.ToLowerInvariant() switch
    {
        "train" or "training" => Split.Train,
        "validation" or "valid" or "val" or "publictest" => Split.Validation,
        "test" or "testing" or "privatetest" => Split.Test,
        _ => null,
    };

    /// <summary>Number of outer folders that hold everything, as long as a class folder is left below them.</summary>
    private static int Wrappers(List<string[]> pictures)
    {
        var count = 0;
        while (pictures.All(p => p.Length > count + 2 && p[count] == pictures[0][count]))
        {
            count++;
        }

        return count;
    }
}
