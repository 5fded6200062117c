using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Files;

/// <summary>
/// Reads PyTorch's state dicts, as <c>torch.save</c> writes them since 1.6 (a zip with a pickle and one entry a storage)
/// and as it wrote them before (pickles, then storages; torchvision's VGG19 is such a file). No code in a pickle is ever
/// run: a file that names any function beside the few that describe tensors is refused.
/// </summary>
public static class TorchFile
{
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model", "net", "params"];

    /// <summary>Deflate makes nothing more than 1032 times smaller; what claims to is no honest file.</summary>
    private const int LargestRatio = 1040;

    internal static bool LooksZipped(ReadOnlySpan<byte> file) => file.StartsWith("PK\x03\x04"u8);

    internal static bool LooksLegacy(ReadOnlySpan<byte> file) => file.Length > 4 && file[0] == 0x80 && file[1] is >= 2 and <= 5 && file[2] == 0x8a;

    /// <summary>
    /// The tensors of a state dict by name, contiguous, on the CPU; entries that are no tensors are left out. A dict inside
    /// a checkpoint's dict, under <c>state_dict</c> or <c>model</c>, is found. <paramref name="name"/> is what errors call
    /// the file; anything wrong with it is a <see cref="BadInputException"/>.
    /// </summary>
    public static SafeTensors Read(byte[] file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return LooksZipped(file) ? ReadZip(file, name) : ReadLegacy(file, name);
        }
        catch (Exception e) when (e is not (BadInputException or OutOfMemoryException))
        {
            throw new BadInputException($"{name} is truncated or damaged: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static SafeTensors ReadZip(byte[] file, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(file, writable: false), ZipArchiveMode.Read);
        var index = zip.Entries.FirstOrDefault(e => e.Name == "data.pkl")
            ?? throw new BadInputException($"{name} is a zip file without data.pkl: expected a PyTorch state dict.");
        var folder = index.FullName[..^"data.pkl".Length];
        if (zip.GetEntry(folder + "byteorder") is { } order && Encoding.ASCII.GetString(Content(order, order.Length, name)).Trim() != "little")
        {
            throw new BadInputException($"{name} was written by a big-endian machine: expected little-endian.");
        }

        var root = new PickleReader(Content(index, index.Length, name), name, new TorchPickle(name)).Read();
        return Tensors(root, name, storage =>
        {
            var entry = zip.GetEntry(folder + "data/" + storage.Key)
                ?? throw new BadInputException($"{name} is damaged: it has no storage {storage.Key}.");
            return Content(entry, checked(storage.Count * storage.Type.ElementSize()), name);
        });
    }

    private static byte[] Content(ZipArchiveEntry entry, long length, string name)
    {
        if (entry.Length < length || length > entry.CompressedLength * LargestRatio || length > Array.MaxLength || length < 0)
        {
            throw new BadInputException($"{name} is damaged: {entry.FullName} has {entry.Length} bytes, expected {length}.");
        }

        var content = new byte[length];
        using var stream = entry.Open();
        stream.ReadExactly(content);
        return content;
    }

    private static SafeTensors ReadLegacy(byte[] file, string name)
    {
        var objects = new TorchPickle(name);
        var pickle = new PickleReader(file, name, objects);
        if (pickle.Read() is not BigInteger magic || magic != LegacyMagic)
        {
            throw new BadInputException($"{name} is a pickle, but none of PyTorch's: expected a state dict.");
        }

        pickle.Read(); // The format's version.
        pickle.Read(); // Sizes of C types on the machine that wrote it.
        var root = pickle.Read();
        var keys = (List<object?>)pickle.Read()!;
        var starts = new Dictionary<string, long>(StringComparer.Ordinal);
        long at = pickle.Position;
        foreach (var key in keys.Cast<string>())
        {
            var size = objects.Storages.TryGetValue(key, out var storage)
                ? storage.Type.ElementSize()
                : throw new BadInputException($"{name} is damaged: storage {key} belongs to no tensor.");
            starts[key] = at + 8;
            at = checked(at + 8 + size * (at + 8 <= file.Length ? BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan((int)at)) : 0));
            if (at > file.Length || at < starts[key])
            {
                throw new BadInputException($"{name} is truncated: storage {key} ends at byte {at}, the file has {file.Length}.");
            }
        }

        return Tensors(root, name, storage =>
        {
            var length = checked(storage.Count * storage.Type.ElementSize());
            return starts.TryGetValue(storage.Key, out var start) && length >= 0 && start + length <= file.Length
                ? file.AsSpan((int)start, (int)length).ToArray()
                : throw new BadInputException($"{name} is damaged: it has no whole storage {storage.Key}.");
        });
    }

    /// <param name="root">What the pickle holds.</param>
    /// <param name="wrapped">Whether to look inside a checkpoint's dict: one level and no further, a dict may hold itself.</param>
    private static IEnumerable<(string Name, TorchView View)> Views(object? root, bool wrapped = true)
    {
        if (root is not PickleDictionary dictionary)
        {
            return [];
        }

        var named = dictionary.Items.Where(i => i is { Key: string, Value: TorchView }).Select(i => ((string)i.Key!, (TorchView)i.Value!)).ToArray();
        return named.Length > 0 || !wrapped
            ? named
            : Wrappers.Select(w => Views(dictionary.Items.LastOrDefault(i => Equals(i.Key, w)).Value, wrapped: false)).FirstOrDefault(v => v.Any()) ?? [];
    }

    private static SafeTensors Tensors(object? root, string name, Func<TorchStorage, byte[]> read)
    {
        var result = new SafeTensors();
        using var scope = NewDisposeScope();
        try
        {
            // Storages may be shared by several tensors; each is read once, and only when needed.
            var storages = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            foreach (var (key, view) in Views(root))
            {
                Check(view, key, name);
                if (!storages.TryGetValue(view.Storage.Key, out var storage))
                {
                    var content = read(view.Storage);
                    storage = empty([view.Storage.Count], dtype: view.Storage.Type);
                    content.CopyTo(storage.bytes);
                    storages.Add(view.Storage.Key, storage);
                }

                result.Tensors.Remove(key);
                result.Add(key, storage.as_strided(view.Size, view.Stride, view.Offset));
            }

            return result.Tensors.Count > 0 ? result : throw new BadInputException($"{name} holds no tensors by name: expected a state dict.");
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private static void Check(TorchView view, string key, string name)
    {
        var (storage, offset, size, stride) = view;
        var empty = size.Any(d => d == 0);
        var inside = size.Length == stride.Length && offset >= 0 && storage.Count >= 0 && size.All(d => d >= 0) && stride.All(d => d >= 0);
        if (inside && !empty)
        {
            var last = size.Zip(stride).Aggregate((Int128)offset, (at, d) => at + (Int128)(d.First - 1) * d.Second);
            var count = size.Aggregate((Int128)1, (n, d) => n * d);
            // A stride of zero repeats numbers: a few bytes could stand for more memory than there is.
            inside = last < storage.Count && count <= storage.Count;
        }

        if (!inside)
        {
            throw new BadInputException($"{name} is damaged: tensor '{key}' of [{string.Join(", ", size)}] with strides [{string.Join(", ", stride)}] from {offset} on lies outside of its storage of {storage.Count}.");
        }
    }
}

/// <summary>Opens weights that others made, in whichever of the known layouts they are.</summary>
public static class WeightsFile
{
    /// <summary>
    /// Reads a <c>.safetensors</c> file or a PyTorch <c>.pt</c>/<c>.pth</c> state dict, told apart by content. Anything wrong is
    /// a <see cref="BadInputException"/> in one sentence.
    /// </summary>
    public static SafeTensors Open(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Weights cannot be read: {e.Message}", e);
        }
    }

    /// <summary>As <see cref="Open"/>, of bytes; <paramref name="name"/> is what errors call the file.</summary>
    public static SafeTensors Read(byte[] file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (TorchFile.LooksZipped(file) || TorchFile.LooksLegacy(file))
        {
            return TorchFile.Read(file, name);
        }

        return file.Length > 8 && file[8] == (byte)'{'
            ? SafeTensors.Read(file, name)
            : throw new BadInputException($"{name} holds no weights: expected a .safetensors file or a PyTorch state dict (.pt), found {Describe(file)}.");
    }

    private static string Describe(byte[] file) => file.Length == 0
        ? "an empty file"
        : $"a file of {file.Length} bytes that begins with {Convert.ToHexString(file.AsSpan(0, Math.Min(4, file.Length)))}";
}
