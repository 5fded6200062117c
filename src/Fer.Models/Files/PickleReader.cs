using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Fer.Models.Files;

/// <summary>
/// What a pickle may name. A pickle is a small program that can call any function it names; this reader runs none of it
/// itself and asks here instead, where everything that is not known to be harmless is refused.
/// </summary>
internal interface IPickleObjects
{
    /// <summary>The object for a name, refused by a <see cref="BadInputException"/> unless it is on the list.</summary>
    object Global(string module, string name);

    /// <summary>The result of one of those objects for arguments.</summary>
    object? Call(object callable, object?[] arguments);

    /// <summary>What stands outside of the pickle under this id.</summary>
    object? Persistent(object? id);
}

/// <summary>A pickled dictionary, in its order.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>
/// Reads the pickle format (protocols 2 to 4) as far as files of tensors use it. Values: null, bool, long or BigInteger,
/// double, string, byte[], tuples as object?[], lists as List, <see cref="PickleDictionary"/>, and what
/// <see cref="IPickleObjects"/> gives.
/// </summary>
internal sealed class PickleReader(ReadOnlyMemory<byte> file, string name, IPickleObjects objects)
{
    private static readonly object Mark = new();
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];

    /// <summary>Where the next pickle of the file starts.</summary>
    public int Position { get; set; }

    /// <summary>Reads one pickle. Anything wrong ends in a <see cref="BadInputException"/>.</summary>
    public object? Read()
    {
        stack.Clear();
        memo.Clear();
        try
        {
            while (true)
            {
                var code = Take(1)[0];
                if (code == (byte)'.')
                {
                    return Pop();
                }

                Do(code);
            }
        }
        catch (Exception e) when (e is InvalidCastException or KeyNotFoundException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw new BadInputException($"{name} is damaged: its pickle makes no sense at byte {Position}.", e);
        }
    }

    private void Do(byte code)
    {
        switch ((char)code)
        {
            case '\x80': Take(1); break;
            case '\x95': Take(8); break;
            case '(': stack.Add(Mark); break;
            case '0': Pop(); break;
            case '1': PopToMark(); break;
            case '2': stack.Add(stack[^1]); break;
            case 'N': stack.Add(null); break;
            case '\x88': stack.Add(true); break;
            case '\x89': stack.Add(false); break;
            case 'K': stack.Add((long)Take(1)[0]); break;
            case 'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case '\x8a': Whole(Take(Take(1)[0])); break;
            case 'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 'X': stack.Add(Encoding.UTF8.GetString(Take(Length(Take(4))))); break;
            case '\x8c': stack.Add(Encoding.UTF8.GetString(Take(Take(1)[0]))); break;
            case 'U': stack.Add(Encoding.Latin1.GetString(Take(Take(1)[0]))); break;
            case 'T': stack.Add(Encoding.Latin1.GetString(Take(Length(Take(4))))); break;
            case 'C': stack.Add(Take(Take(1)[0]).ToArray()); break;
            case 'B': stack.Add(Take(Length(Take(4))).ToArray()); break;
            case ')': stack.Add(Array.Empty<object?>()); break;
            case 't': stack.Add(PopToMark()); break;
            case '\x85': Tuple(1); break;
            case '\x86': Tuple(2); break;
            case '\x87': Tuple(3); break;
            case ']': stack.Add(new List<object?>()); break;
            case 'a': Append([Pop()]); break;
            case 'e': Append(PopToMark()); break;
            case '}': stack.Add(new PickleDictionary()); break;
            case 's': Set(Pair()); break;
            case 'u': Set(PopToMark()); break;
            case 'q': memo[Take(1)[0]] = stack[^1]; break;
            case 'r': memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = stack[^1]; break;
            case '\x94': memo[(uint)memo.Count] = stack[^1]; break;
            case 'h': stack.Add(memo[Take(1)[0]]); break;
            case 'j': stack.Add(memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))]); break;
            case 'c': stack.Add(objects.Global(Line(), Line())); break;
            case '\x93': Global(); break;
            case 'Q': stack.Add(objects.Persistent(Pop())); break;
            case 'R': Call(); break;
            case 'b': Build(); break;
            default:
                // INST, OBJ, NEWOBJ and the like make objects of classes; a state dict has none.
                throw new BadInputException($"{name} holds more than tensors: its pickle has operation 0x{code:x2} at byte {Position - 1}, refused.");
        }
    }

    private void Global()
    {
        var attribute = (string)Pop()!;
        stack.Add(objects.Global((string)Pop()!, attribute));
    }

    private void Call()
    {
        var arguments = (object?[])Pop()!;
        stack.Add(objects.Call(Pop() ?? throw new InvalidCastException(), arguments));
    }

    /// <summary>Attributes of an object: only dictionaries may have some (PyTorch's _metadata), and nobody needs them.</summary>
    private void Build()
    {
        Pop();
        _ = (PickleDictionary)stack[^1]!;
    }

    private void Tuple(int count)
    {
        var items = stack.GetRange(stack.Count - count, count).ToArray();
        stack.RemoveRange(stack.Count - count, count);
        stack.Add(items);
    }

    private object?[] Pair()
    {
        var value = Pop();
        return [Pop(), value];
    }

    private void Append(object?[] items) => ((List<object?>)stack[^1]!).AddRange(items);

    private void Set(object?[] items)
    {
        var dictionary = (PickleDictionary)stack[^1]!;
        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add((items[i], items[i + 1]));
        }
    }

    private object? Pop()
    {
        var top = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        return ReferenceEquals(top, Mark) ? throw new InvalidCastException() : top;
    }

    private object?[] PopToMark()
    {
        var mark = stack.LastIndexOf(Mark);
        var items = stack.GetRange(mark + 1, stack.Count - mark - 1).ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private void Whole(ReadOnlySpan<byte> littleEndian)
    {
        if (littleEndian.Length > 8)
        {
            stack.Add(new BigInteger(littleEndian));
        }
        else
        {
            stack.Add((long)new BigInteger(littleEndian));
        }
    }

    private static int Length(ReadOnlySpan<byte> four) => (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(four));

    private string Line()
    {
        var rest = file.Span[Position..];
        var end = rest.IndexOf((byte)'\n');
        var line = Encoding.UTF8.GetString(Take(end < 0 ? rest.Length + 1 : end));
        Position++;
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > file.Length - Position)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{name} is truncated: its pickle ends at byte {file.Length}, expected at least {count} more from byte {Position} on."));
        }

        var bytes = file.Span.Slice(Position, count);
        Position += count;
        return bytes;
    }
}
