using System.Xml.Linq;
using Fer.Actors.Runs;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Which step ran where and when, and where it was cut.</summary>
internal static class TimelineSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        if (Timeline.Of(run.State) is not { } timeline)
        {
            yield return Note("No step has started.");
            yield break;
        }

        yield return Key(run.State);
        yield return E("div", Class("scroll wide"), timeline.Chart.Draw());
        yield return E("details", E("summary", $"All {run.State.Order.Length} steps"), Table(["step", "device", "begun", "took", "attempts", "how it stands"],
            run.State.Order.Select(n => run.State.Steps[n]).Select(s => (IEnumerable<object?>)
            [
                s.Spec.Name, s is { SharedFrom: null, WasThere: true } ? "was there already" : string.Join(", ", s.Attempts.Select(a => a.Device).Distinct()), Say.Time(s.Attempts.Select(a => (DateTimeOffset?)a.Started).FirstOrDefault()),
                Say.Span(TimeSpan.FromTicks(s.Attempts.Sum(a => ((a.Ended ?? a.Started) - a.Started).Ticks))), s.Attempts.Length, s.SharedFrom is null ? s.Status.ToString().ToLowerInvariant() : $"the same as {s.SharedFrom}",
            ]), words: true));
    }

    /// <summary>What the colours of its bars mean.</summary>
    public static XElement Key(RunState state) => E("p", Class("key"), state.Order.Select(Timeline.Owner).Distinct().OrderBy(o => o.Colour)
        .Select(o => E("span", E("i", Class(Say.Text($"swatch s{o.Colour}"))), o.Actor)).Append(E("span", E("i", Class("swatch broken s0")), "hollow: not completed")));
}
