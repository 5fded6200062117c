using System.Collections.Immutable;

namespace Fer.Models.Data.Sources;

/// <summary>Finds out what a path holds and reads it.</summary>
internal static class SourceReader
{
    private const string Expected = "expected a folder with one folder of pictures a class, a FER2013 csv, or a zip of either";

    /// <summary>
    /// Reads the images of the classes asked for (none: all). Forgiving: bad csv rows are listed among the broken instead
    /// of ending the reading; broken picture files always are.
    /// </summary>
    public static SourceContent Read(DataSettings settings, IReadOnlyCollection<string> asked, bool forgiving, IProgress<DataProgress>? progress)
    {
        var path = settings.Path;
        if (path.Length == 0)
        {
            return SketchSource.Read(settings, asked, progress);
        }

        var isFile = File.Exists(path);
        if (!isFile && !Directory.Exists(path))
        {
            throw new BadInputException($"{path} does not exist: {Expected}.");
        }

        try
        {
            if (isFile && Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase))
            {
                using var csv = File.OpenRead(path);
                return FerCsv.Read(csv, path, settings, asked, forgiving, progress);
            }

            if (isFile && !Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase))
            {
                throw new BadInputException($"{path} is neither a csv nor a zip: {Expected}.");
            }

            using var tree = FileTree.Of(path);
            if (tree.Files.Count == 0)
            {
                throw new BadInputException($"{path} is empty: {Expected}.");
            }

            if (FindCsv(tree) is { } name)
            {
                using var csv = tree.Open(name);
                return FerCsv.Read(csv, $"{path}/{name}", settings, asked, forgiving, progress);
            }

            return ClassFolders.Read(tree, path, settings, asked, progress);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The classes asked for, in that order, or all. Throws when one is asked for that is not there.</summary>
    public static ImmutableArray<string> Choose(IReadOnlyCollection<string> asked, IEnumerable<string> present, string path)
    {
        ImmutableArray<string> all = [.. present];
        ImmutableArray<string> chosen = [.. asked.Select(c => c.Trim().ToLowerInvariant())];
        var missing = chosen.FirstOrDefault(c => !all.Contains(c));
        return missing is null
            ? chosen.IsEmpty ? all : chosen
            : throw new BadInputException($"The class '{missing}' is asked for, but {path} has {string.Join(", ", all)}.");
    }

    // Pictures come first: a folder of them may have a csv of something else beside it.
    private static string? FindCsv(FileTree tree)
    {
        if (tree.Files.Any(ImageCodec.IsPicture))
        {
            return null;
        }

        foreach (var file in tree.Files.Where(f => f.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)))
        {
            using var start = tree.Open(file);
            if (FerCsv.LooksLikeOne(start))
            {
                return file;
            }
        }

        return null;
    }
}
