using System.Globalization;
using System.Text;

namespace Fer.Host.Export;

/// <summary>Tables as RFC 4180 has them, with plain line ends; numbers in the invariant culture, with all their digits.</summary>
internal static class Csv
{
    private static readonly char[] Special = [',', '"', '\n', '\r'];

    public static byte[] Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var text = new StringBuilder().AppendJoin(',', header.Select(Quoted)).Append('\n');
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(v => Quoted(Text(v)))).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Quoted(string text) => text.IndexOfAny(Special) < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
