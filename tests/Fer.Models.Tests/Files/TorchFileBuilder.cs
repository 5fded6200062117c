using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fer.Models.Tests.Files;

/// <summary>Writes what torch.save writes, byte by byte: a pickle of protocol 2, and storages in a zip or, as before 1.6, behind it.</summary>
internal sealed class TorchFileBuilder
{
    private readonly List<byte> pickle = [];
    private readonly List<(string Key, byte[] Content, int ElementSize)> storages = [];

    public TorchFileBuilder Op(params byte[] bytes)
    {
        pickle.AddRange(bytes);
        return this;
    }

    public TorchFileBuilder Op(char code) => Op((byte)code);

    public TorchFileBuilder Global(string module, string name)
    {
        Op('c');
        pickle.AddRange(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
        return this;
    }

    public TorchFileBuilder Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Op('X');
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        pickle.AddRange(length);
        pickle.AddRange(bytes);
        return this;
    }

    public TorchFileBuilder Number(int value)
    {
        Op('J');
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        pickle.AddRange(bytes);
        return this;
    }

    public TorchFileBuilder Numbers(params int[] values)
    {
        Op('(');
        foreach (var value in values)
        {
            Number(value);
        }

        return Op('t');
    }

    /// <summary>A dict in construction: OrderedDict() and a mark.</summary>
    public TorchFileBuilder Begin() => Op(0x80, 2).Global("collections", "OrderedDict").Op(')').Op('R').Op('(');

    public TorchFileBuilder Storage(string key, byte[] content, int elementSize)
    {
        storages.Add((key, content, elementSize));
        return this;
    }

    /// <summary>An entry: name, and a view of a storage.</summary>
    public TorchFileBuilder Tensor(string name, string type, string key, int count, int offset, int[] size, int[] stride)
    {
        Text(name).Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(count);
        if (Legacy)
        {
            Op('N');
        }

        Op('t').Op('Q').Number(offset).Numbers(size).Numbers(stride).Op(0x89);
        return Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    public bool Legacy { get; init; }

    public byte[] Pickle() => pickle.ToArray();

    /// <summary>Ends the dict and the pickle, and writes the zip.</summary>
    public byte[] Zip(bool endDictionary = true)
    {
        if (endDictionary)
        {
            Op('u').Op('.');
        }

        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(zip, "archive/data.pkl", pickle.ToArray());
            Write(zip, "archive/byteorder", "little"u8.ToArray());
            foreach (var (key, content, _) in storages)
            {
                Write(zip, "archive/data/" + key, content);
            }
        }

        return file.ToArray();
    }

    public byte[] Old()
    {
        Op('u').Op('.');
        using var file = new MemoryStream();
        // The magic number 0x1950a86a20f9469cfc6c, the version 1001, and an empty dict for the machine's sizes.
        file.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        file.Write([0x80, 2, (byte)'M', 0xe9, 0x03, (byte)'.']);
        file.Write([0x80, 2, (byte)'}', (byte)'.']);
        file.Write(pickle.ToArray());
        file.Write([0x80, 2, (byte)']', (byte)'(']);
        foreach (var (key, _, _) in storages)
        {
            file.Write([(byte)'U', (byte)key.Length, .. Encoding.ASCII.GetBytes(key)]);
        }

        file.Write([(byte)'e', (byte)'.']);
        Span<byte> count = stackalloc byte[8];
        foreach (var (_, content, elementSize) in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, content.Length / elementSize);
            file.Write(count);
            file.Write(content);
        }

        return file.ToArray();
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static void Write(ZipArchive zip, string name, byte[] content)
    {
        using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(content);
    }
}
