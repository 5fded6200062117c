using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Fer.Models.Training;

namespace Fer.Host.Export;

/// <summary>
/// A curve as a TensorBoard event file: records of length, its masked CRC-32C, a protobuf <c>Event</c>, its masked
/// CRC-32C. The same curve and time give the same bytes.
/// </summary>
internal static class EventFile
{
    private const string Version = "brain.Event:2";

    // Field numbers and wire types of tensorflow's event.proto and summary.proto.
    private const byte WallTime = 1 << 3 | 1, Step = 2 << 3, FileVersion = 3 << 3 | 2, Summary = 5 << 3 | 2, Value = 1 << 3 | 2, Tag = 1 << 3 | 2, SimpleValue = 2 << 3 | 5;

    /// <param name="time">Wall time of every event: a curve has steps, no times.</param>
    public static byte[] Of(Curve curve, DateTimeOffset time)
    {
        using var file = new MemoryStream();
        var seconds = time.ToUnixTimeMilliseconds() / 1000.0;
        Record(file, Event(seconds, 0, FileVersion, Encoding.UTF8.GetBytes(Version)));
        foreach (var row in curve.Rows)
        {
            for (var c = 0; c < curve.Columns.Count; c++)
            {
                Record(file, Event(seconds, (long)row[0], Summary, Scalar(curve.Columns[c], (float)row[c + 1])));
            }
        }

        return file.ToArray();
    }

    /// <summary>CRC-32C (Castagnoli).</summary>
    internal static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> data) => unchecked(BitOperations.RotateRight(Crc(data), 15) + 0xa282ead8);

    private static void Record(MemoryStream file, byte[] data)
    {
        Span<byte> length = stackalloc byte[8];
        Span<byte> crc = stackalloc byte[4];
        BinaryPrimitives.WriteInt64LittleEndian(length, data.Length);
        file.Write(length);
        BinaryPrimitives.WriteUInt32LittleEndian(crc, Masked(length));
        file.Write(crc);
        file.Write(data);
        BinaryPrimitives.WriteUInt32LittleEndian(crc, Masked(data));
        file.Write(crc);
    }

    private static byte[] Event(double seconds, long step, byte field, byte[] content)
    {
        var time = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(time, seconds);
        return [WallTime, .. time, Step, .. Varint((ulong)step), field, .. Varint((ulong)content.Length), .. content];
    }

    private static byte[] Scalar(string tag, float value)
    {
        var name = Encoding.UTF8.GetBytes(tag);
        var number = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, value);
        byte[] inner = [Tag, .. Varint((ulong)name.Length), .. name, SimpleValue, .. number];
        return [Value, .. Varint((ulong)inner.Length), .. inner];
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
