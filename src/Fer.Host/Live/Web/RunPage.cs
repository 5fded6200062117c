using System.Collections.Immutable;
using System.Xml.Linq;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Fer.Host.Reports.Sections;
using Serilog.Events;
using static Fer.Host.Live.Web.PageFrame;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Live.Web;

/// <summary>A run, or a trial: what it differs in, its steps, kept faces, events.</summary>
internal static class RunPage
{
    private const int MostEvents = 300;

    /// <param name="look">What is read of it.</param>
    /// <param name="sweep">The sweep that it is a trial of; null: none.</param>
    /// <param name="seq">Ways into Seq.</param>
    /// <param name="now">The time.</param>
    public static PageFrame Of(RunLook look, SweepLook? sweep, SeqLink seq, DateTimeOffset now) => new($"{(sweep is null ? "Run" : "Trial")} {look.Row.Id}", $"run/{look.Row.Id}", VersionOf(look, sweep),
    [
        Part("head", Head(look, sweep, seq)),
        Part("steps", E("h2", "Steps"), Steps(look, seq, now)),
        KeptFaces.In(look.State) is { IsEmpty: false } kept ? Part("faces", E("h2", "Kept faces"), kept.Select(k => Faces(look.Row.Id, k))) : Part("faces"),
        E("section", E("h2", "Settings"), E("div", A("id", "settings"), A("data-part", "yes"), Settings(look, sweep))),
        Part("events", E("h2", "Events"), Events(look, now)),
    ]);

    /// <summary>Differs whenever the page does: a trial's settings come when its sweep is read.</summary>
    public static string VersionOf(RunLook look, SweepLook? sweep) => look.Version + (sweep is { IsWhole: false } ? "-more" : "");

    private static IEnumerable<XElement?> Head(RunLook look, SweepLook? sweep, SeqLink seq)
    {
        var (row, state, address) = (look.Row, look.State, $"/api/runs/{Uri.EscapeDataString(look.Row.Id)}/");
        var isTrial = row.Sweep.Length > 0;
        yield return isTrial
            ? E("p", Class("run"), Say.Text($"trial {row.Trial} of sweep "), SweepLink(row.Sweep), row.Attempt > 1 ? Say.Text($", attempt {row.Attempt}") : null, ": ", E("b", row.Id))
            : E("p", Class("run"), $"{row.Job} run ", E("b", row.Id));
        yield return E("p", Class($"verdict {row.Status}"), row.Status);
        yield return E("h1", Sentence(look, sweep) + ".");
        if (row.Reason.Length > 0)
        {
            yield return P(row.Reason);
        }

        yield return P(Small($"Handed over {Say.Time(row.Submitted)} by {row.Submitter}{(state?.StartedAt is { } from ? $", begun {Say.Time(from)}" : "")}{(state?.EndedAt is { } end ? $", ended {Say.Time(end)}" : "")}.{(row.Wish.Length > 0 ? $" {row.Wish} was asked for." : "")}"));

        // A trial is its sweep's to stop and to go on with.
        var isLive = !RunRowStatus.IsOver(row.Status) && !isTrial;
        yield return E("p", Class("acts"),
            isLive ? row.Status == RunRowStatus.Paused ? Act("resume", "Resume", address + "resume") : Act("pause", "Pause", address + "pause") : null, " ",
            isLive ? Act("cancel", "Cancel", address + "cancel", $"Run {row.Id} ends for good. Go on?") : null,
            isTrial && row.Status is RunRowStatus.Failed or RunRowStatus.Cancelled ? Act("retry", "Try again", Say.Text($"/api/sweeps/{Uri.EscapeDataString(row.Sweep)}/retry?trial={row.Trial}")) : null, " ",
            seq.To("RunId", row.Id));
    }

    private static string Sentence(RunLook look, SweepLook? sweep)
    {
        if (look.State is not { } state)
        {
            return "It waits for a host to take it up";
        }

        var done = state.Steps.Values.Count(s => s.Status == StepStatus.Completed);
        var trial = TrialOf(look, sweep);
        var value = trial?.Value is { } v ? $"{sweep!.State.Spec!.Objective} is {Say.Figure(v)}; " : "";
        return $"{value}{Say.Many(done, "step is done", "steps are done")}{(state.Steps.Values.Count(s => s.WasThere) is > 0 and var reused ? Say.Text($", {reused} of which were there already") : "")}{(look.Uses.Count > 0 ? $", {Say.Many(look.Uses.Count, "is computed now", "are computed now")}" : "")}{(state.Restarts > 0 ? Say.Text($", restarts: {state.Restarts}") : "")}{(state.StepsPassedOn > 0 ? Say.Text($", steps passed on to another worker: {state.StepsPassedOn}") : "")}";
    }

    private static TrialState? TrialOf(RunLook look, SweepLook? sweep) =>
        sweep is not null && look.Row.Trial >= 1 && look.Row.Trial <= sweep.State.Trials.Count ? sweep.State.Trial(look.Row.Trial) : null;

    private static IEnumerable<XElement?> Steps(RunLook look, SeqLink seq, DateTimeOffset now)
    {
        if (look.State is not { Order.IsEmpty: false } state)
        {
            yield return Note("No step has started.");
            yield break;
        }

        if (Timeline.Of(state) is { } timeline)
        {
            yield return TimelineSection.Key(state);
            yield return E("div", Class("scroll wide"), A("tabindex", "0"), A("role", "region"), A("aria-label", "Steps on devices over time"), timeline.Chart.Draw());
        }

        yield return Cards(Html.Table(["step", "state", "device", "begun", "took", "at", "attempts", ""], state.Order.Reverse().Select(n => state.Steps[n]).Select(s =>
        {
            var use = look.Uses.GetValueOrDefault(s.Hash);
            return (IEnumerable<object?>)
            [
                s.Spec.Name, E("td", Class("words"), State(StateOf(s, use)), s.SharedFrom is { } from ? $" the same as {from}" : null), Words(use is null ? Places(s) : $"{use.Host} {use.Device}"),
                Time(s.Attempts.Select(a => (DateTimeOffset?)a.Started).FirstOrDefault(), now), Took(s, use, now), Position(s, use), s.WasThere ? Say.Nothing : Say.Text($"{s.Attempts.Length}"), seq.Address("Step", s.Spec.Name) is null ? "" : E("td", Class("words"), seq.To("Step", s.Spec.Name, "log")),
            ];
        })));
    }

    private static string Places(StepState step) => step is { SharedFrom: null, WasThere: true } ? "was there already" : string.Join(", ", step.Attempts.Select(a => a.Device).Distinct());

    private static string StateOf(StepState step, SlotUse? use) => step.Status switch
    {
        StepStatus.Completed => "completed",
        _ when use is not null => "running",
        StepStatus.Failed => "failed",
        _ => "open",
    };

    // What still runs is counted to now; that alone is no reason to draw the page again.
    private static string Took(StepState step, SlotUse? use, DateTimeOffset now)
    {
        var ticks = step.Attempts.Sum(a => ((a.Ended ?? (use is not null && a == step.Attempts[^1] ? now : a.Started)) - a.Started).Ticks);
        return ticks > 0 && !step.WasThere ? Say.Span(TimeSpan.FromTicks(ticks)) : Say.Nothing;
    }

    private static string Position(StepState step, SlotUse? use) =>
        use is not null ? OverviewPage.At(use.Position, use.Length, use.Unit)
        : step.Status != StepStatus.Completed && step.Checkpoints is [.., var last] ? $"saved at {Say.Count(last.Position)} of {Say.Count(last.Length)}"
        : Say.Nothing;

    private static XElement Faces(string run, KeptFaces kept) => Figure($"{kept.Title}: {Say.Count(kept.Shown)} of {Say.Count(kept.Count)}", E("img", Class("sheet"),
        A("src", $"/runs/{Uri.EscapeDataString(run)}/faces?step={Uri.EscapeDataString(kept.Step)}&v={kept.Hash[..12]}"), A("alt", $"{kept.Title}: faces that the filter kept"), A("loading", "lazy"),
        A("width", Say.Text($"{kept.Width}")), A("height", Say.Text($"{kept.Height}"))));

    private static IEnumerable<XElement> Settings(RunLook look, SweepLook? sweep)
    {
        if (sweep is { IsWhole: false } && TrialOf(look, sweep) is null)
        {
            yield return Note("The sweep's journal is still being read: this trial's own settings follow.");
        }
        else if (TrialOf(look, sweep) is { } trial)
        {
            yield return E("h3", "This trial's own");
            yield return Pairs(trial.Values.Select(v => (v.Key, v.Value)));
        }

        yield return E("h3", "Other than the default");
        yield return SettingsSection.Changed(look.Settings).ToArray() is { Length: > 0 } changed ? Pairs(changed.Select(c => (c.Name, c.Value.Length == 0 ? "(none)" : c.Value))) : Note("None.");
    }

    private static IEnumerable<XElement> Events(RunLook look, DateTimeOffset now)
    {
        if (look.Events.IsEmpty)
        {
            yield return Note("Nothing has happened yet.");
            yield break;
        }

        if (look.Events.Length > MostEvents)
        {
            yield return P(Small($"The latest {MostEvents} of {Say.Count(look.Events.Length)}."));
        }

        yield return E("ol", Class("events"), look.Events.Reverse().Take(MostEvents).Select(e => E("li", e.Level >= LogEventLevel.Warning ? Class(e.Level >= LogEventLevel.Error ? "failed" : "warning") : null, Time(e.At, now), " ", e.Sentence)));
    }
}
