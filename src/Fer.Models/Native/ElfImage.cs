using System.Buffers.Binary;
using System.Text;

namespace Fer.Models.Native;

/// <summary>
/// Small changes to a 64-bit little-endian ELF shared library held in memory. Both functions return a changed copy of
/// the same length and throw <see cref="BadImageFormatException"/> when the bytes are no such library or when the
/// change would not be harmless. Field offsets are those of the System V ABI (gABI 4.1) and the LSB's symbol versioning.
/// </summary>
public static class ElfImage
{
    private const uint SegmentDynamic = 2;
    private const uint SegmentLoad = 1;
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const uint SectionVersionSymbols = 0x6fffffff;
    private const long TagNull = 0;
    private const long TagNeeded = 1;
    private const long TagStringTable = 5;
    private const int DynamicEntry = 16;
    private const int WeakFlag = 2;

    /// <summary>The libraries that the loader brings in with this one (DT_NEEDED), in order.</summary>
    public static IReadOnlyList<string> Needed(ReadOnlySpan<byte> image)
    {
        Check(image);
        try
        {
            var (at, count) = Dynamic(image);
            var names = StringTable(image, at, count);
            var needed = new List<string>();
            for (var i = 0; i < count; i++)
            {
                if (Long(image, at + i * DynamicEntry) == TagNeeded)
                {
                    needed.Add(Text(image, names + Long(image, at + i * DynamicEntry + 8)));
                }
            }

            return needed;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw Damaged(e);
        }
    }

    /// <summary>
    /// A copy that no longer asks for the libraries in <paramref name="dropped"/>: their DT_NEEDED entries are taken out
    /// of the dynamic section, the gap is closed and the end filled with DT_NULL. Functions of theirs stay unresolved,
    /// which a lazily bound library notices only when it calls one.
    /// </summary>
    public static byte[] WithoutNeeded(ReadOnlySpan<byte> image, IReadOnlySet<string> dropped)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        Check(image);
        try
        {
            var versioned = VersionNeeds(image).Select(n => n.File).FirstOrDefault(dropped.Contains);
            if (versioned is not null)
            {
                throw new BadImageFormatException($"It asks for versions of symbols in {versioned}, so it cannot do without it.");
            }

            var copy = image.ToArray();
            var (at, count) = Dynamic(image);
            var names = StringTable(image, at, count);
            var to = at;
            for (var i = 0; i < count; i++)
            {
                var entry = image.Slice(at + i * DynamicEntry, DynamicEntry);
                if (Long(entry, 0) == TagNeeded && dropped.Contains(Text(image, names + Long(entry, 8))))
                {
                    continue;
                }

                entry.CopyTo(copy.AsSpan(to));
                to += DynamicEntry;
            }

            copy.AsSpan(to, at + count * DynamicEntry - to).Clear();
            return copy;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw Damaged(e);
        }
    }

    /// <summary>
    /// A copy in which the need for a symbol version (<c>GLIBCXX_3.4.32</c>) is marked weak, so that a system library
    /// that lacks it is accepted. Refused when any symbol but <paramref name="marker"/> has that version: then the
    /// library truly needs it.
    /// </summary>
    public static byte[] WithWeakVersion(ReadOnlySpan<byte> image, string version, string marker)
    {
        Check(image);
        try
        {
            var needs = VersionNeeds(image).Where(n => n.Version == version).ToList();
            if (needs.Count == 0)
            {
                throw new BadImageFormatException($"It does not ask for {version}.");
            }

            var copy = image.ToArray();
            foreach (var need in needs)
            {
                var user = SymbolsOf(image, need.Index).FirstOrDefault(s => s != marker);
                if (user is not null)
                {
                    throw new BadImageFormatException($"It uses {user} of {version}.");
                }

                copy[need.Offset + 4] |= WeakFlag;
            }

            return copy;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw Damaged(e);
        }
    }

    private readonly record struct VersionNeed(string File, string Version, int Index, int Offset);

    private static List<VersionNeed> VersionNeeds(ReadOnlySpan<byte> image)
    {
        var needs = new List<VersionNeed>();
        var section = Section(image, SectionVersionNeeds);
        if (section < 0)
        {
            return needs;
        }

        var names = Long(image, LinkedSection(image, section) + 24);
        var file = (int)Long(image, section + 24);
        for (var files = Int(image, section + 44); files > 0; files--)
        {
            var need = file + Int(image, file + 8);
            for (int left = Short(image, file + 2); left > 0; left--)
            {
                needs.Add(new VersionNeed(Text(image, names + Int(image, file + 4)), Text(image, names + Int(image, need + 8)), Short(image, need + 6), need));
                need += Step(image, need + 12, left);
            }

            file += Step(image, file + 12, files);
        }

        return needs;
    }

    /// <summary>Names of the dynamic symbols that carry the version with this index.</summary>
    private static List<string> SymbolsOf(ReadOnlySpan<byte> image, int versionIndex)
    {
        var found = new List<string>();
        var versions = Section(image, SectionVersionSymbols);
        if (versions < 0)
        {
            return found;
        }

        var table = LinkedSection(image, versions);
        var names = Long(image, LinkedSection(image, table) + 24);
        var symbols = Long(image, table + 24);
        var start = Long(image, versions + 24);
        var count = Long(image, versions + 32) / 2;
        for (long i = 0; i < count; i++)
        {
            if ((Short(image, start + 2 * i) & 0x7fff) == versionIndex)
            {
                found.Add(Text(image, names + Int(image, symbols + 24 * i)));
            }
        }

        return found;
    }

    /// <summary>Offset and number of entries of the dynamic section, up to and without the first DT_NULL.</summary>
    private static (int At, int Count) Dynamic(ReadOnlySpan<byte> image)
    {
        foreach (var segment in Segments(image))
        {
            if (Int(image, segment) == SegmentDynamic)
            {
                var at = (int)Long(image, segment + 8);
                var count = 0;
                while (Long(image, at + count * DynamicEntry) != TagNull)
                {
                    count++;
                }

                return (at, count);
            }
        }

        throw new BadImageFormatException("It has no dynamic section.");
    }

    private static long StringTable(ReadOnlySpan<byte> image, int at, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (Long(image, at + i * DynamicEntry) == TagStringTable)
            {
                return FileOffset(image, Long(image, at + i * DynamicEntry + 8));
            }
        }

        throw new BadImageFormatException("It has no string table.");
    }

    /// <summary>Where in the file the byte lies that the loader maps to this address.</summary>
    private static long FileOffset(ReadOnlySpan<byte> image, long address)
    {
        foreach (var segment in Segments(image))
        {
            var start = Long(image, segment + 16);
            if (Int(image, segment) == SegmentLoad && address >= start && address < start + Long(image, segment + 32))
            {
                return address - start + Long(image, segment + 8);
            }
        }

        throw new BadImageFormatException("Its string table is not in the file.");
    }

    private static IEnumerable<int> Segments(ReadOnlySpan<byte> image) => Table((int)Long(image, 32), Short(image, 54), Short(image, 56));

    private static IEnumerable<int> Sections(ReadOnlySpan<byte> image) => Table((int)Long(image, 40), Short(image, 58), Short(image, 60));

    private static IEnumerable<int> Table(int at, int size, int count) => Enumerable.Range(0, count).Select(i => at + i * size);

    private static int Section(ReadOnlySpan<byte> image, uint type)
    {
        foreach (var section in Sections(image))
        {
            if (Int(image, section + 4) == type)
            {
                return section;
            }
        }

        return -1;
    }

    private static int LinkedSection(ReadOnlySpan<byte> image, int section) => Sections(image).ElementAt((int)Int(image, section + 40));

    private static void Check(ReadOnlySpan<byte> image)
    {
        const int class64 = 2;
        const int littleEndian = 1;
        if (image.Length < 64 || !image[..4].SequenceEqual("\u007fELF"u8) || image[4] != class64 || image[5] != littleEndian)
        {
            throw new BadImageFormatException("It is no 64-bit little-endian ELF file.");
        }
    }

    private static BadImageFormatException Damaged(Exception e) => new("It is a damaged ELF file: an offset leads out of it.", e);

    private static string Text(ReadOnlySpan<byte> image, long at)
    {
        var rest = image[checked((int)at)..];
        var end = rest.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]);
    }

    /// <summary>Distance to the next entry of a chain; only the last one may have none.</summary>
    private static int Step(ReadOnlySpan<byte> image, long at, int left)
    {
        var step = Int(image, at);
        return step > 0 || left == 1 ? step : throw new ArgumentOutOfRangeException(nameof(at));
    }

    private static long Long(ReadOnlySpan<byte> image, long at) => BinaryPrimitives.ReadInt64LittleEndian(At(image, at, 8));

    private static int Int(ReadOnlySpan<byte> image, long at) => BinaryPrimitives.ReadInt32LittleEndian(At(image, at, 4));

    private static ushort Short(ReadOnlySpan<byte> image, long at) => BinaryPrimitives.ReadUInt16LittleEndian(At(image, at, 2));

    private static ReadOnlySpan<byte> At(ReadOnlySpan<byte> image, long at, int size) =>
        at < 0 || at > image.Length - size ? throw new ArgumentOutOfRangeException(nameof(at)) : image.Slice((int)at, size);
}
