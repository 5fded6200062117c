using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Fer.Host.Reports;

/// <summary>
/// A page as a tree of elements: what is in the tree comes out escaped and balanced, so no name, message or path can
/// break the page.
/// </summary>
internal static class Html
{
    private static readonly HashSet<string> Void = ["br", "hr", "img", "meta", "link", "col", "input"];

    public static XElement E(string name, params object?[] content) => new(name, content);

    public static XAttribute A(string name, string value) => new(name, value);

    public static XAttribute Class(string names) => new("class", names);

    public static XElement P(params object?[] content) => E("p", content);

    /// <summary>Words in the soft colour, for what explains.</summary>
    public static object[] Small(string text) => [Class("small"), text];

    /// <summary>A cell of words in a table of figures.</summary>
    public static XElement Words(string text) => E("td", Class("words"), text);

    /// <summary>A drawing with the sentence that says what it shows.</summary>
    public static XElement Figure(string caption, XElement drawing) => E("figure", E("figcaption", caption), drawing);

    /// <summary>A sentence about something that is not there.</summary>
    public static XElement Note(string sentence) => E("p", Class("note"), sentence);

    /// <summary>A table that scrolls by itself where the page is narrower. Cells after the first are right-aligned numbers unless <paramref name="words"/>.</summary>
    public static XElement Table(IEnumerable<string> header, IEnumerable<IEnumerable<object?>> rows, bool words = false)
    {
        object?[][] table = [.. rows.Select(r => r.ToArray())];
        return E("div", Class("scroll"), E("table", words ? null : Class("figures"),
            E("thead", E("tr", header.Select((h, i) => E("th", A("scope", "col"), table.Any(r => IsCell(r[i])) ? Class("words") : null, h)))),
            E("tbody", table.Select(r => E("tr", r.Select((c, i) => i == 0 ? E("th", A("scope", "row"), c) : IsCell(c) ? c : E("td", c)))))));
    }

    private static bool IsCell(object? content) => content is XElement { Name.LocalName: "td" };

    /// <summary>Names and what they stand for, two columns.</summary>
    public static XElement Pairs(IEnumerable<(string Name, string Value)> pairs) =>
        E("div", Class("scroll"), E("table", Class("pairs"), E("tbody", pairs.Select(p => E("tr", E("th", A("scope", "row"), p.Name), E("td", p.Value))))));

    /// <summary>The page as UTF-8, readable as HTML and as XML alike.</summary>
    public static byte[] Document(XElement html)
    {
        foreach (var element in html.DescendantsAndSelf())
        {
            // HTML knows no <div/>: it would stay open.
            if (element.IsEmpty && !Void.Contains(element.Name.LocalName) && element.AncestorsAndSelf("svg").FirstOrDefault() is null)
            {
                element.Add("");
            }

            foreach (var attribute in element.Attributes())
            {
                attribute.Value = Clean(attribute.Value);
            }
        }

        foreach (var text in html.DescendantNodes().OfType<XText>())
        {
            text.Value = Clean(text.Value);
        }

        using var stream = new MemoryStream();
        stream.Write("<!DOCTYPE html>\n"u8);
        using (var writer = XmlWriter.Create(stream, new XmlWriterSettings { OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.None }))
        {
            html.WriteTo(writer);
        }

        return stream.ToArray();
    }

    // A message from a native library may hold bytes that no page may.
    private static string Clean(string text)
    {
        var clean = true;
        for (var i = 0; i < text.Length && clean; i++)
        {
            clean = XmlConvert.IsXmlChar(text[i]);
        }

        if (clean)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                result.Append(text[i]).Append(text[++i]);
            }
            else
            {
                result.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
            }
        }

        return result.ToString();
    }
}
