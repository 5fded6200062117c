using System.Globalization;
using System.Text;

namespace Fer.Models.Training;

/// <summary>Figures over steps (loss curves), kept as a csv file: a <c>step</c> column, then one column a figure.</summary>
public sealed class Curve(params string[] columns)
{
    private readonly List<double[]> rows = [];

    public IReadOnlyList<string> Columns { get; } = columns;

    /// <summary>Each row: step, then a value per column.</summary>
    public IReadOnlyList<double[]> Rows => rows;

    public void Add(long step, params ReadOnlySpan<double> values)
    {
        if (values.Length != Columns.Count)
        {
            throw new ArgumentException($"{Columns.Count} values expected, got {values.Length}.", nameof(values));
        }

        rows.Add([step, .. values]);
    }

    public byte[] ToBytes()
    {
        var text = new StringBuilder("step," + string.Join(',', Columns) + "\n");
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(v => v.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static Curve Read(ReadOnlySpan<byte> csv)
    {
        var lines = Encoding.UTF8.GetString(csv).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var curve = new Curve(lines[0].Split(',')[1..]);
        foreach (var line in lines.Skip(1))
        {
            curve.rows.Add([.. line.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture))]);
        }

        return curve;
    }
}
