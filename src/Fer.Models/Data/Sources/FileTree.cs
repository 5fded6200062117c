using System.IO.Compression;

namespace Fer.Models.Data.Sources;

/// <summary>The files below a folder or inside a zip archive, which is read in place. Paths use '/', sorted ordinally.</summary>
internal abstract class FileTree : IDisposable
{
    public abstract IReadOnlyList<string> Files { get; }

    public abstract IReadOnlyList<string> Folders { get; }

    public abstract Stream Open(string file);

    /// <summary>All bytes of one file. May be called by several threads at once.</summary>
    public abstract byte[] Read(string file);

    public abstract void Dispose();

    public static FileTree Of(string path) => File.Exists(path) ? new ZipTree(path) : new FolderTree(path);

    // What systems leave in folders and archives that no one put there.
    private static bool IsClutter(string path) => path.Split('/').Any(p => p is "__MACOSX" || p.StartsWith('.'));

    private sealed class FolderTree(string root) : FileTree
    {
        private static readonly EnumerationOptions All = new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };

        public override IReadOnlyList<string> Files { get; } = Below(root, Directory.EnumerateFiles(root, "*", All));

        public override IReadOnlyList<string> Folders { get; } = Below(root, Directory.EnumerateDirectories(root, "*", All));

        public override Stream Open(string file) => File.OpenRead(Path.Combine(root, file));

        public override byte[] Read(string file) => File.ReadAllBytes(Path.Combine(root, file));

        public override void Dispose()
        {
        }

        private static string[] Below(string root, IEnumerable<string> paths) =>
            [.. paths.Select(p => Path.GetRelativePath(root, p).Replace(Path.DirectorySeparatorChar, '/')).Where(p => !IsClutter(p)).Order(StringComparer.Ordinal)];
    }

    private sealed class ZipTree : FileTree
    {
        private readonly ZipArchive archive;
        private readonly Dictionary<string, ZipArchiveEntry> entries;
        private readonly Lock gate = new();

        public ZipTree(string path)
        {
            try
            {
                archive = ZipFile.OpenRead(path);
                entries = archive.Entries.Where(e => !e.FullName.EndsWith('/') && !IsClutter(e.FullName)).DistinctBy(e => e.FullName).ToDictionary(e => e.FullName, StringComparer.Ordinal);
                Folders = [.. archive.Entries.Where(e => e.FullName.EndsWith('/')).Select(e => e.FullName.TrimEnd('/')).Where(f => !IsClutter(f)).Order(StringComparer.Ordinal)];
            }
            catch (InvalidDataException e)
            {
                archive?.Dispose();
                throw new BadInputException($"{path} is no zip archive, or a damaged one: {e.Message}", e);
            }

            Files = [.. entries.Keys.Order(StringComparer.Ordinal)];
        }

        public override IReadOnlyList<string> Files { get; }

        public override IReadOnlyList<string> Folders { get; }

        public override Stream Open(string file) => entries[file].Open();

        public override byte[] Read(string file)
        {
            var entry = entries[file];
            var bytes = new byte[entry.Length];

            // One archive serves one reader at a time; decoding, which costs more, is done outside.
            lock (gate)
            {
                using var stream = entry.Open();
                stream.ReadExactly(bytes);
            }

            return bytes;
        }

        public override void Dispose() => archive.Dispose();
    }
}
