using System.Text;

namespace Fer.Models.Data.Sources;

/// <summary>
/// FER2013 as a csv of 48×48 grey faces (Goodfellow et al. 2013): columns <c>emotion</c> (a code), <c>pixels</c> (2,304
/// numbers with blanks between) and <c>Usage</c>, in any order, with or without spaces around their names. Read as a stream.
/// </summary>
internal static class FerCsv
{
    private const int Side = 48;
    private const int Buffer = 1 << 20;

    /// <summary>Class names by code. Alphabetical folders have another order: map by name.</summary>
    private static readonly string[] Codes = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

    private sealed record Row(int Number, int Code, string Usage, byte[] Pixels);

    public static bool LooksLikeOne(Stream start)
    {
        using var reader = new StreamReader(start, Encoding.UTF8);
        var columns = ColumnNames(reader.ReadLine() ?? "");
        return columns.Contains("emotion") && columns.Contains("pixels");
    }

    /// <summary>Reads all rows. Forgiving: bad ones are listed as broken; else the first bad one ends the reading.</summary>
    public static SourceContent Read(Stream csv, string name, DataSettings settings, IReadOnlyCollection<string> asked, bool forgiving, IProgress<DataProgress>? progress)
    {
        var broken = new List<BrokenImage>();
        var rows = new List<Row>();
        foreach (var (row, number, complaint) in Rows(csv, name))
        {
            if (row is not null)
            {
                rows.Add(row);
                if (rows.Count % 1024 == 0)
                {
                    progress?.Report(new DataProgress("reading rows", rows.Count, 0));
                }
            }
            else if (forgiving)
            {
                broken.Add(new BrokenImage(Id(number), complaint!));
            }
            else
            {
                throw new BadInputException($"{name}: {Id(number)} (the header is row 1) {complaint}.");
            }
        }

        if (rows.Count == 0)
        {
            throw new BadInputException($"{name} has no rows of faces.");
        }

        var chosen = SourceReader.Choose(asked, rows.Select(r => Codes[r.Code]).Distinct().Order(StringComparer.Ordinal), name);
        var publicIsTest = rows.All(r => r.Usage != "privatetest");
        var codec = new ImageCodec(settings);
        var wanted = rows.Where(r => chosen.Contains(Codes[r.Code])).ToArray();
        var images = new SourceImage[wanted.Length];
        Parallel.For(0, wanted.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var pixels = codec.FromGrey(wanted[i].Pixels, Side, Side);
            images[i] = new SourceImage(Id(wanted[i].Number), SplitOf(wanted[i].Usage, publicIsTest), Codes[wanted[i].Code], pixels, SourceImage.HashOf(pixels), Side, Side);
        });
        return new SourceContent("FER2013 csv", "fer2013", chosen, images, broken);
    }

    // As an editor counts its lines; the same words in errors, in lists and as an image's id.
    private static string Id(int row) => FormattableString.Invariant($"row {row}");

    private static Split SplitOf(string usage, bool publicIsTest) =>
        usage == "training" ? Split.Train : usage == "privatetest" || publicIsTest ? Split.Test : Split.Validation;

    private static IEnumerable<(Row? Row, int Number, string? Complaint)> Rows(Stream csv, string name)
    {
        (int Emotion, int Pixels, int Usage, int Count)? columns = null;
        var number = 0;
        var buffer = new byte[Buffer];
        var filled = 0;
        var ended = false;
        while (!ended || filled > 0)
        {
            var read = ended ? 0 : csv.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            ended |= read == 0;
            var start = 0;
            while (start < filled)
            {
                var length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n');
                if (length < 0 && !ended)
                {
                    break;
                }

                var line = buffer.AsMemory(start, length < 0 ? filled - start : length);
                start += line.Length + 1;
                number++;
                if (columns is null)
                {
                    columns = Header(line.Span, name);
                }
                else if (line.Span.ContainsAnyExcept((byte)' ', (byte)'\r'))
                {
                    var row = Parse(line.Span, columns.Value, number, out var complaint);
                    yield return (row, number, complaint);
                }
            }

            start = Math.Min(start, filled);
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
            {
                throw new BadInputException($"{name}: {Id(number + 1)} is longer than {Buffer} bytes: this is no csv of faces.");
            }
        }
    }

    private static List<string> ColumnNames(string line) => [.. line.Trim('\uFEFF', '\r').Split(',').Select(c => c.Trim().Trim('"').Trim().ToLowerInvariant())];

    private static (int Emotion, int Pixels, int Usage, int Count) Header(ReadOnlySpan<byte> line, string name)
    {
        var columns = ColumnNames(Encoding.UTF8.GetString(line));
        var (emotion, pixels) = (columns.IndexOf("emotion"), columns.IndexOf("pixels"));
        if (emotion < 0 || pixels < 0)
        {
            var found = string.Join(", ", columns);
            throw new BadInputException($"{name} has the columns '{(found.Length > 100 ? found[..100] + "…" : found)}': expected emotion, pixels and Usage.");
        }

        return (emotion, pixels, columns.IndexOf("usage"), columns.Count);
    }

    private static Row? Parse(ReadOnlySpan<byte> line, (int Emotion, int Pixels, int Usage, int Count) columns, int number, out string? complaint)
    {
        Span<Range> fields = stackalloc Range[columns.Count + 1];
        var count = Fields(line, fields);
        if (count != columns.Count)
        {
            complaint = $"has {count} columns, expected {columns.Count}";
            return null;
        }

        var label = Trim(line[fields[columns.Emotion]]);
        if (label.Length != 1 || label[0] < '0' || label[0] >= '0' + Codes.Length)
        {
            complaint = $"has the label '{Encoding.UTF8.GetString(label)}', expected 0 to {Codes.Length - 1}";
            return null;
        }

        var usage = columns.Usage < 0 ? "training" : Encoding.UTF8.GetString(Trim(line[fields[columns.Usage]])).ToLowerInvariant();
        if (usage is not ("training" or "publictest" or "privatetest"))
        {
            complaint = $"has the usage '{usage}', expected Training, PublicTest or PrivateTest";
            return null;
        }

        var pixels = Numbers(Trim(line[fields[columns.Pixels]]), out complaint);
        return pixels is null ? null : new Row(number, label[0] - '0', usage, pixels);
    }

    private static int Fields(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        var count = 0;
        foreach (var field in line.Split((byte)','))
        {
            if (count < fields.Length)
            {
                fields[count] = field;
            }

            count++;
        }

        return count;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(" \r\""u8);

    /// <summary>The 2,304 numbers 0 … 255 of one face.</summary>
    private static byte[]? Numbers(ReadOnlySpan<byte> text, out string? complaint)
    {
        var pixels = new byte[Side * Side];
        var count = 0;
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            var value = 0;
            var start = at;
            for (; at < text.Length && text[at] != ' '; at++)
            {
                var digit = text[at] - '0';
                value = digit is >= 0 and <= 9 && value <= 255 ? value * 10 + digit : int.MaxValue;
            }

            if (value > 255)
            {
                complaint = $"has the pixel value '{Encoding.UTF8.GetString(text[start..Math.Min(at, start + 12)])}', expected 0 to 255";
                return null;
            }

            if (count < pixels.Length)
            {
                pixels[count] = (byte)value;
            }

            count++;
        }

        complaint = count == pixels.Length ? null : $"has {count} pixels, expected {pixels.Length} (48×48)";
        return complaint is null ? pixels : null;
    }
}
