using System.Xml.Linq;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Sections that would be many times as long with every loop show the first, and say so.</summary>
internal static class OneLoop
{
    /// <summary>Which loop a section shows; null where a run has one alone.</summary>
    /// <param name="run">The run.</param>
    /// <param name="more">Where the others are, a sentence or nothing.</param>
    public static XElement? Note(RunView run, string more = "") => run.State.Loops().Count is var loops and > 1
        ? P(Small(Say.Text($"Shown here is loop 1 of {loops}. {more}").TrimEnd()))
        : null;
}
