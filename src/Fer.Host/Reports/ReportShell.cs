using System.Xml.Linq;
using Fer.Actors.Runs;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports;

/// <summary>What every report page is wrapped in: its title and style, what could not be read, and its last line.</summary>
internal static class ReportShell
{
    /// <summary>The page as UTF-8. <paramref name="sections"/> have been rendered: only now is it known which files were missing.</summary>
    /// <param name="run">Whose page it is.</param>
    /// <param name="kind">What it is, after the run's id in the title.</param>
    /// <param name="head">What stands above the sections.</param>
    /// <param name="sections">The page's body.</param>
    public static byte[] Wrap(RunView run, string kind, IEnumerable<XElement> head, IReadOnlyList<XElement> sections) => Wrap($"{run.State.RunId}: {kind}", $"Run {run.State.RunId}", run.State.Version, head, [.. sections, Unreadable(run)]);

    /// <param name="title">In the window's frame.</param>
    /// <param name="subject">Whose page it is, for its last line.</param>
    public static byte[] Wrap(string title, string subject, string version, IEnumerable<XElement> head, IReadOnlyList<XElement?> sections) => Document(E("html", A("lang", "en"),
        E("head",
            E("meta", A("charset", "utf-8")),
            E("meta", A("name", "viewport"), A("content", "width=device-width, initial-scale=1")),
            E("meta", A("name", "color-scheme"), A("content", "light dark")),
            E("title", title),
            E("style", Style.Css)),
        E("body",
            head,
            E("main", sections),
            E("footer", $"{subject}, fer {version}. This page holds everything it shows; it loads nothing."))));

    private static XElement? Unreadable(RunView run) => run.Missing.Count == 0
        ? null
        : E("section", A("id", "unreadable"), E("h2", "Files that could not be read"), E("ul", run.Missing.Select(m => E("li", m))));
}
