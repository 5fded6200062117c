using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Files;

/// <summary>A storage of a PyTorch file: a run of numbers of one type, by its key in the file.</summary>
internal sealed record TorchStorage(string Key, ScalarType Type, long Count);

/// <summary>A tensor of a PyTorch file: a strided view of a storage; offset and strides in elements.</summary>
internal sealed record TorchView(TorchStorage Storage, long Offset, long[] Size, long[] Stride);

/// <summary>The few names that a file of tensors needs. Every other one is code, and refused.</summary>
internal sealed class TorchPickle(string name) : IPickleObjects
{
    /// <summary>Every storage that the pickle refers to, by key.</summary>
    public Dictionary<string, TorchStorage> Storages { get; } = new(StringComparer.Ordinal);

    private enum Function
    {
        Dictionary,
        Size,
        Tensor,
        Parameter,
    }

    public object Global(string module, string attribute) => (module, attribute) switch
    {
        ("collections", "OrderedDict") => Function.Dictionary,
        ("torch", "Size") => Function.Size,
        ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2") => Function.Tensor,
        ("torch._utils", "_rebuild_parameter") => Function.Parameter,
        ("torch", "FloatStorage") => ScalarType.Float32,
        ("torch", "DoubleStorage") => ScalarType.Float64,
        ("torch", "HalfStorage") => ScalarType.Float16,
        ("torch", "BFloat16Storage") => ScalarType.BFloat16,
        ("torch", "LongStorage") => ScalarType.Int64,
        ("torch", "IntStorage") => ScalarType.Int32,
        ("torch", "ShortStorage") => ScalarType.Int16,
        ("torch", "CharStorage") => ScalarType.Int8,
        ("torch", "ByteStorage") => ScalarType.Byte,
        ("torch", "BoolStorage") => ScalarType.Bool,
        _ => throw new BadInputException($"{name} holds code: GLOBAL {module}.{attribute}, refused; expected a state dict of tensors and nothing else."),
    };

    public object? Call(object callable, object?[] arguments) => (Function)callable switch
    {
        Function.Dictionary => Dictionary(arguments),
        Function.Size => (object?[])arguments[0]!,
        Function.Parameter => (TorchView)arguments[0]!,
        _ => new TorchView((TorchStorage)arguments[0]!, (long)arguments[1]!, Numbers(arguments[2]), Numbers(arguments[3])),
    };

    public object? Persistent(object? id) =>
        (object?[])id! is ["storage", ScalarType type, string key, _, long count, ..]
            ? Storages[key] = new TorchStorage(key, type, count)
            : throw new BadInputException($"{name} is damaged: it refers to something that is no storage.");

    private static PickleDictionary Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments.Length > 0)
        {
            foreach (var item in (List<object?>)arguments[0]!)
            {
                var pair = item as object?[] ?? [.. (List<object?>)item!];
                dictionary.Items.Add((pair[0], pair[1]));
            }
        }

        return dictionary;
    }

    private static long[] Numbers(object? tuple) => [.. ((object?[])tuple!).Select(n => (long)n!)];
}
