namespace Fer.Host.Hosting;

/// <summary>What an export's table says of one of its pictures.</summary>
/// <param name="Generator">SHA-256 of its generator: tells runs apart whose images have equal ids.</param>
internal sealed record ExportedPicture(string Id, string Generator)
{
    private const string Table = "provenance.csv";

    /// <summary>Looks for the table in the folders above the picture; null when there is none, or the picture is not in it.</summary>
    public static ExportedPicture? Find(string picture)
    {
        var path = Path.GetFullPath(picture);
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var table = Path.Combine(folder, Table);
            if (File.Exists(table))
            {
                return Read(table, Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'));
            }
        }

        return null;
    }

    private static ExportedPicture? Read(string table, string file)
    {
        var lines = File.ReadLines(table).Select(Cells).ToList();
        if (lines.Count == 0)
        {
            return null;
        }

        var (fileAt, idAt, generatorAt) = (lines[0].IndexOf("file"), lines[0].IndexOf("id"), lines[0].IndexOf("generator_sha256"));
        if (fileAt < 0 || idAt < 0 || generatorAt < 0)
        {
            return null;
        }

        var row = lines.Skip(1).FirstOrDefault(l => l.Count == lines[0].Count && l[fileAt] == file);
        return row is null ? null : new ExportedPicture(row[idAt], row[generatorAt]);
    }

    /// <summary>One line's cells; a quoted cell may hold commas and doubled quotation marks.</summary>
    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        var (cell, quoted) = (new System.Text.StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }

        cells.Add(cell.ToString().TrimEnd('\r'));
        return cells;
    }
}
