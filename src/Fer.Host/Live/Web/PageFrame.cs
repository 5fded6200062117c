using System.Globalization;
using System.Xml.Linq;
using Fer.Host.Reports;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Live.Web;

/// <summary>What every page is wrapped in. Without a script it is read like any page; with one its parts are exchanged as things change.</summary>
/// <param name="Topic">What the server says changes of: <c>overview</c>, <c>sweep/ID</c>, <c>run/ID</c>; empty: never changes.</param>
/// <param name="Version">Of what is shown.</param>
internal sealed record PageFrame(string Title, string Topic, string Version, IReadOnlyList<XElement> Content)
{
    /// <summary>False: more of it is being read, and a browser without a script asks again by itself.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The whole page as UTF-8.</summary>
    public byte[] Whole(string host, bool writes) => Document(E("html", A("lang", "en"),
        E("head",
            E("meta", A("charset", "utf-8")),
            E("meta", A("name", "viewport"), A("content", "width=device-width, initial-scale=1")),
            E("meta", A("name", "color-scheme"), A("content", "light dark")),
            E("title", $"{Title} – Fer"),
            E("link", A("rel", "icon"), A("href", "data:,")),
            E("link", A("rel", "stylesheet"), A("href", $"/page.css?v={Assets.Css.Hash}")),
            IsWhole ? null : E("noscript", E("meta", A("http-equiv", "refresh"), A("content", "1"))),
            E("script", A("src", $"/page.js?v={Assets.Script.Hash}"), A("defer", "defer"))),
        E("body",
            E("div", Class("top"), E("a", Class("home"), A("href", "/"), "Fer"), E("span", Class("small"), $"host {host}"), E("span", A("id", "live"), Class("small"), A("role", "status"))),
            Main(writes),
            E("p", A("id", "said"), A("role", "status")),
            Ask(),
            E("footer", "Times are UTC. Reads only what is committed; no host waits for this page. ", E("a", A("href", "/health"), "health"), ", ", E("a", A("href", "/metrics"), "metrics"), ", ", E("a", A("href", Data), "this as JSON"), "."))));

    /// <summary>What a script takes the parts of.</summary>
    public byte[] Parts(bool writes) => Document(Main(writes));

    private string Data => Topic.Split('/') switch
    {
        ["sweep", var id] => $"/api/sweeps/{Uri.EscapeDataString(id)}",
        ["run", var id] => $"/api/runs/{Uri.EscapeDataString(id)}",
        _ => "/api/sweeps",
    };

    private XElement Main(bool writes) => E("main", A("data-topic", Topic), A("data-version", Version), A("data-title", $"{Title} – Fer"), writes ? A("data-writes", "yes") : null, Content);

    // Asked once; the word is kept as long as the tab is open, and goes with no request but those that change something.
    private static XElement Ask() => E("dialog", A("id", "ask"), E("form", A("method", "dialog"),
        E("p", E("label", A("for", "token"), "Token (the host's FER_HTTP_TOKEN): "), E("input", A("type", "password"), A("id", "token"), A("autocomplete", "off"))),
        E("p", Class("acts"), E("button", A("value", "yes"), "Go on"), " ", E("button", A("value", ""), A("formnovalidate", "formnovalidate"), "Never mind"))));

    /// <summary>A piece of the page that is exchanged when it changes.</summary>
    public static XElement Part(string id, params object?[] content) => E("section", A("id", id), A("data-part", "yes"), content);

    /// <summary>A table whose rows are cards on a phone: each cell knows its column's name, and one that says nothing is known to.</summary>
    /// <param name="scroll">As <see cref="Table"/> makes it.</param>
    public static XElement Cards(XElement scroll)
    {
        var table = scroll.Element("table")!;
        table.SetAttributeValue("class", $"{(string?)table.Attribute("class")} cards".Trim());
        var names = table.Element("thead")!.Descendants("th").Select(h => h.DescendantNodes().OfType<XText>().FirstOrDefault()?.Value ?? "").ToList();
        foreach (var row in table.Element("tbody")!.Elements())
        {
            foreach (var (cell, name) in row.Elements().Zip(names))
            {
                cell.SetAttributeValue("data-label", name.Length > 0 ? name : null);
                if (cell.Name == "td" && cell.Value == Say.Nothing)
                {
                    cell.SetAttributeValue("class", $"{(string?)cell.Attribute("class")} none".Trim());
                }
            }
        }

        return scroll;
    }

    /// <summary>A button that changes something; seen only where a script runs and this host takes such words.</summary>
    /// <param name="sure">What is asked before; null: nothing.</param>
    public static XElement Act(string id, string word, string post, string? sure = null) =>
        E("button", A("type", "button"), A("id", id), Class("act"), A("data-post", post), sure is null ? null : A("data-sure", sure), word);

    public static XElement RunLink(string id, string? text = null) => E("a", A("href", $"/runs/{Uri.EscapeDataString(id)}"), text ?? id);

    public static XElement SweepLink(string id) => E("a", A("href", $"/sweeps/{Uri.EscapeDataString(id)}"), id);

    /// <summary>A state as a word with its colour.</summary>
    public static XElement State(string word) => E("span", Class($"state {word}"), word);

    /// <summary>A time of day within the last day, else the date too, in UTC, as a machine reads it beside.</summary>
    public static object Time(DateTimeOffset? at, DateTimeOffset now) => at is not { } t || t == default
        ? Say.Nothing
        : E("time", A("datetime", t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), A("title", Say.Time(t)),
            t.UtcDateTime.ToString(now - t < TimeSpan.FromHours(20) && now >= t ? "HH:mm:ss" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));

    /// <summary>The page of what is not there, or went wrong.</summary>
    public static PageFrame Sentence(string title, string sentence) => new(title, "", "", [E("h1", title), P(sentence), P(E("a", A("href", "/"), "All sweeps, runs and hosts"))]);
}
