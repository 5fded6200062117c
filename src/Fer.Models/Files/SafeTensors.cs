using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Files;

/// <summary>
/// Tensors by name with a few words of metadata, in the safetensors layout: 8-byte little-endian header length, JSON
/// header, raw little-endian data. Names are written in ordinal order, so equal content gives equal bytes; PyTorch and
/// every safetensors reader open it. All binary artifacts of a run (weights, image sets, checkpoints, predictions) are
/// such files.
/// </summary>
public sealed class SafeTensors : IDisposable
{
    private const int MaxHeader = 100_000_000;

    private static readonly (ScalarType Type, string Name, int Size)[] Types =
    [
        (ScalarType.Float64, "F64", 8), (ScalarType.Float32, "F32", 4), (ScalarType.Float16, "F16", 2),
        (ScalarType.BFloat16, "BF16", 2), (ScalarType.Int64, "I64", 8), (ScalarType.Int32, "I32", 4),
        (ScalarType.Int16, "I16", 2), (ScalarType.Int8, "I8", 1), (ScalarType.Byte, "U8", 1), (ScalarType.Bool, "BOOL", 1),
    ];

    public SortedDictionary<string, Tensor> Tensors { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The tensor of that name. Throws <see cref="BadInputException"/> when there is none.</summary>
    public Tensor this[string name] => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new BadInputException($"The tensor file has no '{name}'; it has {string.Join(", ", Tensors.Keys.Take(8))}.");

    /// <summary>Adds a detached CPU copy of the tensor, out of any dispose scope, owned by this object.</summary>
    public SafeTensors Add(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var copy = tensor.detach().cpu().contiguous().clone();
        Tensors.Add(name, copy.DetachFromDisposeScope());
        return this;
    }

    public byte[] ToBytes()
    {
        var header = new JsonObject();
        if (Metadata.Count > 0)
        {
            var words = new JsonObject();
            foreach (var (key, value) in Metadata)
            {
                words[key] = value;
            }

            header["__metadata__"] = words;
        }

        long offset = 0;
        foreach (var (name, tensor) in Tensors)
        {
            var type = Types.First(t => t.Type == tensor.dtype);
            var length = tensor.numel() * type.Size;
            header[name] = new JsonObject
            {
                ["dtype"] = type.Name,
                ["shape"] = new JsonArray(tensor.shape.Select(d => (JsonNode)d).ToArray()),
                ["data_offsets"] = new JsonArray(offset, offset + length),
            };
            offset += length;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = (json.Length + 7) / 8 * 8;
        var file = new byte[8 + padded + offset];
        BinaryPrimitives.WriteInt64LittleEndian(file, padded);
        json.CopyTo(file, 8);
        file.AsSpan(8 + json.Length, padded - json.Length).Fill((byte)' ');
        var at = 8 + padded;
        foreach (var tensor in Tensors.Values)
        {
            var data = tensor.bytes;
            data.CopyTo(file.AsSpan(at));
            at += data.Length;
        }

        return file;
    }

    /// <summary>
    /// Reads a whole file. <paramref name="name"/> is what errors call it. Every offset is checked against the file
    /// before a byte is copied; a damaged header throws <see cref="BadInputException"/>.
    /// </summary>
    public static SafeTensors Read(ReadOnlySpan<byte> file, string name)
    {
        var result = new SafeTensors();
        try
        {
            if (file.Length < 8)
            {
                throw new BadInputException($"{name} is not a safetensors file: it has {file.Length} bytes, expected at least 8.");
            }

            var length = BinaryPrimitives.ReadInt64LittleEndian(file);
            if (length < 2 || length > Math.Min(MaxHeader, file.Length - 8))
            {
                throw new BadInputException($"{name} is not a safetensors file: its header length is {length}, the file has {file.Length} bytes.");
            }

            var reader = new Utf8JsonReader(file.Slice(8, (int)length));
            using var header = JsonDocument.ParseValue(ref reader);
            var data = file[(8 + (int)length)..];
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__")
                {
                    foreach (var word in entry.Value.EnumerateObject())
                    {
                        result.Metadata[word.Name] = word.Value.GetString() ?? "";
                    }
                }
                else
                {
                    result.Tensors.Add(entry.Name, ReadTensor(entry, data, name));
                }
            }

            return result;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            result.Dispose();
            throw new BadInputException($"{name} is not a safetensors file: {e.Message.Split('\n')[0]}", e);
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private static Tensor ReadTensor(JsonProperty entry, ReadOnlySpan<byte> data, string file)
    {
        var typeName = entry.Value.GetProperty("dtype").GetString();
        var type = Types.FirstOrDefault(t => t.Name == typeName);
        if (type.Name is null)
        {
            throw new BadInputException($"{file}: tensor '{entry.Name}' has type {typeName}, expected one of {string.Join(", ", Types.Select(t => t.Name))}.");
        }

        var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray();
        var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64()).ToArray();
        var count = shape.Aggregate(1L, (a, b) => checked(a * b));
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] > data.Length || offsets[1] - offsets[0] != count * type.Size || shape.Any(d => d < 0))
        {
            throw new BadInputException($"{file}: tensor '{entry.Name}' should have {count * type.Size} bytes at {string.Join("–", offsets)}, the file's data has {data.Length}.");
        }

        var tensor = empty(shape, dtype: type.Type).DetachFromDisposeScope();
        data.Slice((int)offsets[0], (int)(offsets[1] - offsets[0])).CopyTo(tensor.bytes);
        return tensor;
    }

    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
        {
            tensor.Dispose();
        }

        Tensors.Clear();
    }
}
