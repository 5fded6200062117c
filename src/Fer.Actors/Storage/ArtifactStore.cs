using System.Security.Cryptography;

namespace Fer.Actors.Storage;

/// <summary>
/// Files named by the SHA-256 of their content, below one folder (<c>ab/abcd…</c>). A file appears whole or not at all:
/// written aside, flushed, renamed, its folder flushed; only then may an event name it.
/// </summary>
public sealed class ArtifactStore
{
    private const string Aside = "aside";
    private const string Part = ".part";

    private readonly IArtifactSource? elsewhere;

    /// <param name="elsewhere">Where to find what is missing here, or damaged.</param>
    public ArtifactStore(string root, IArtifactSource? elsewhere = null)
    {
        Root = Path.GetFullPath(root);
        this.elsewhere = elsewhere;
    }

    public string Root { get; }

    /// <summary>Whether a name that came from elsewhere can be one of a file here.</summary>
    public static bool IsHash(string name) => name.Length == SHA256.HashSizeInBytes * 2 && name.All(char.IsAsciiHexDigitLower);

    public string PathOf(string hash) => Path.Combine(Root, hash[..2], hash);

    public bool Has(string hash) => File.Exists(PathOf(hash));

    /// <summary>Stores the content and gives its hash. Content that is there already, whole, is not written again.</summary>
    public string Put(ReadOnlySpan<byte> content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        var target = PathOf(hash);
        if (IsThere(target, hash, content.Length))
        {
            return hash;
        }

        var folder = Path.GetDirectoryName(target)!;
        var aside = Path.Combine(Root, Aside);
        Directory.CreateDirectory(aside);
        MakeFolderOf(target);

        // Machines that share a store may have processes of the same number.
        var temporary = Path.Combine(aside, $"{hash}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.{Environment.MachineName}");
        try
        {
            Durable.WriteAndFlush(temporary, content);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        Durable.FlushFolder(folder);
        return hash;
    }

    /// <summary>Reads a whole artifact and checks its hash. Throws <see cref="DamagedArtifactException"/> when it is missing, cut or changed, also wherever else it is looked for.</summary>
    public byte[] Get(string hash)
    {
        try
        {
            return GetHere(hash);
        }
        catch (DamagedArtifactException) when (elsewhere?.Fetch(hash) is true)
        {
            return GetHere(hash);
        }
    }

    private byte[] GetHere(string hash)
    {
        var path = PathOf(hash);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DamagedArtifactException(hash, $"{path} is missing.", e);
        }

        var found = Convert.ToHexStringLower(SHA256.HashData(content));
        return found == hash ? content : throw new DamagedArtifactException(hash, $"{path} is damaged: its {content.Length} bytes hash to {found[..12]}…, its name says {hash[..12]}….");
    }

    /// <summary>Its length in bytes, where it is there and what its name says; reads it. Null: it is missing or damaged.</summary>
    public long? LengthOfWhole(string hash)
    {
        try
        {
            using var file = new FileStream(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            return Convert.ToHexStringLower(SHA256.HashData(file)) == hash ? file.Length : null;
        }
        catch (IOException)
        {
            // Missing, or on a bad sector.
            return null;
        }
    }

    /// <summary>A file to bring an artifact into, beside the store: it holds what an earlier transfer has brought. <see cref="Adopt"/> makes it one.</summary>
    public FileStream Begin(string hash)
    {
        var aside = Path.Combine(Root, Aside);
        Directory.CreateDirectory(aside);
        var part = Path.Combine(aside, hash + Part);
        try
        {
            var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous);
            if (File.Exists(part))
            {
                return file;
            }

            // Another process has made an artifact of it between the opening and the lock: no more to be written to.
            file.Dispose();
        }
        catch (IOException) when (File.Exists(part))
        {
            // Another process on this store brings the same.
        }

        return new FileStream($"{part}.{Guid.NewGuid():N}", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
    }

    /// <summary>Takes a file that <see cref="Begin"/> gave, and whose content hashes to that, into the store.</summary>
    public void Adopt(FileStream part, string hash)
    {
        var target = PathOf(hash);
        MakeFolderOf(target);
        part.Flush(flushToDisk: true);
        File.Move(part.Name, target, overwrite: true);

        // From here on others read it.
        part.Dispose();
        Durable.FlushFolder(Path.GetDirectoryName(target)!);
    }

    /// <summary>Removes halves of transfers and writes that were left before a moment.</summary>
    public void ForgetHalves(DateTime before)
    {
        var aside = new DirectoryInfo(Path.Combine(Root, Aside));
        foreach (var file in aside.Exists ? aside.EnumerateFiles().Where(f => f.LastWriteTimeUtc < before) : [])
        {
            file.Delete();
        }
    }

    /// <summary>Removes an artifact; one that is not there is as good as removed.</summary>
    public void Delete(string hash)
    {
        if (Has(hash))
        {
            File.Delete(PathOf(hash));
        }
    }

    /// <summary>Hashes of all files in the store.</summary>
    public IEnumerable<string> All() => Directory.Exists(Root)
        ? Directory.EnumerateDirectories(Root).Where(d => Path.GetFileName(d).Length == 2).SelectMany(Directory.EnumerateFiles).Select(f => Path.GetFileName(f)!).Where(IsHash)
        : [];

    /// <summary>Removes what no event will ever name: halves of writes that a crash left, and artifacts not in <paramref name="keep"/>. Only while nothing writes.</summary>
    /// <returns>How many files went.</returns>
    public int Sweep(IReadOnlySet<string> keep)
    {
        var removed = 0;
        var aside = Path.Combine(Root, Aside);
        var halves = Directory.Exists(aside) ? Directory.EnumerateFiles(aside) : [];
        foreach (var file in halves.Concat(All().Where(h => !keep.Contains(h)).Select(PathOf)).ToList())
        {
            File.Delete(file);
            removed++;
        }

        return removed;
    }

    private void MakeFolderOf(string target)
    {
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            Durable.FlushFolder(Root);
        }
    }

    // A file that a power cut left empty under a good name must not pass for content.
    private static bool IsThere(string path, string hash, int length)
    {
        var info = new FileInfo(path);
        return info.Exists && info.Length == length && Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) == hash;
    }
}

/// <summary>An artifact that is missing or no longer what its name says.</summary>
public sealed class DamagedArtifactException(string hash, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public string Hash { get; } = hash;
}
