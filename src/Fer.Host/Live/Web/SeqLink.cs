using System.Xml.Linq;
using Fer.Host.Settings;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Live.Web;

/// <summary>Ways into Seq, with the filter that shows what a page is about.</summary>
internal sealed class SeqLink(string url)
{
    // An address with a password in it is no link for everybody who may read the page.
    private readonly string? root = url.Length == 0 || Secrets.IsIn(url) ? null : url.TrimEnd('/');

    /// <summary>Null where no Seq is set.</summary>
    public XElement? To(string property, string value, string words = "Its log in Seq") => Address(property, value) is { } address ? E("a", A("href", address), A("rel", "noreferrer"), words) : null;

    public string? Address(string property, string value) => root is null ? null : $"{root}/#/events?filter={Uri.EscapeDataString($"{property} = '{value.Replace("'", "''", StringComparison.Ordinal)}'")}";
}
