using System.Xml.Linq;
using Fer.Actors.Runs;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>The answer first: the verdict with its interval, of what it speaks, what explains it, and where the run stands.</summary>
internal static class HeadlineSection
{
    public static XElement Render(RunView run, bool held)
    {
        var state = run.State;
        var status = Headline.Status(state, held);
        var text = Headline.Parts(state);
        var word = state.Status == RunStatus.Completed ? Headline.Word(state) : status;
        return E("header",
            E("p", Class("run"), $"{state.Job} run ", E("b", state.RunId), $", {status}"),
            E("p", Class("verdict " + word.Replace(' ', '-')), word),
            E("h1", text.Claim),
            E("p", Class("limits"), text.Scope),
            text.Also.Count > 0 ? E("ul", Class("reasons"), text.Also.Select(s => E("li", s))) : null,
            E("p", Class("small"), Times(state)));
    }

    private static string Times(RunState state)
    {
        var end = state.EndedAt ?? state.LastEventAt;
        var span = state.StartedAt is { } from && end is { } to ? $", {Say.Span(to - from)}" : "";
        var again = state.Restarts switch { 0 => "never restarted", 1 => "restarted once", _ => Say.Text($"restarted {state.Restarts} times") };
        var passedOn = state.StepsPassedOn > 0 ? $"; {Say.Many(state.StepsPassedOn, "time", "times")} a step went on with another worker" : "";
        return $"Begun {Say.Time(state.StartedAt)}, {(state.EndedAt is null ? "last event" : "ended")} {Say.Time(end)}{span}; {again}{passedOn}.";
    }
}
