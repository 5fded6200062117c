using System.Xml.Linq;
using Fer.Actors.Runs;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>The answer first: one honest sentence, and where the run stands.</summary>
internal static class HeadlineSection
{
    public static XElement Render(RunView run, bool held)
    {
        var state = run.State;
        var status = Headline.Status(state, held);
        var word = state.Status == RunStatus.Completed ? Headline.Word(state) : status;
        return E("header",
            E("p", Class("run"), $"{state.Job} run ", E("b", state.RunId), $", {status}"),
            E("p", Class("verdict " + word.Replace(' ', '-')), word),
            E("h1", Headline.Parts(state).Claim),
            E("p", Class("limits"), Headline.Parts(state).Limits),
            E("p", Class("small"), Times(state)));
    }

    private static string Times(RunState state)
    {
        var end = state.EndedAt ?? state.LastEventAt;
        var span = state.StartedAt is { } from && end is { } to ? $", {Say.Span(to - from)}" : "";
        var again = state.Restarts switch { 0 => "never restarted", 1 => "restarted once", _ => Say.Text($"restarted {state.Restarts} times") };
        return $"Begun {Say.Time(state.StartedAt)}, {(state.EndedAt is null ? "last event" : "ended")} {Say.Time(end)}{span}; {again}.";
    }
}
