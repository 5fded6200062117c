using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Fer.Host.Reports.Charts;
using static Fer.Host.Live.Web.PageFrame;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Live.Web;

/// <summary>A sweep: how it stands, what it searches, its trials, and the objective over time and over any setting.</summary>
internal static class SweepPage
{
    private static readonly string[] States = ["running", "waiting", "completed", "pruned", "failed", "cancelled"];

    public static PageFrame Of(SweepLook look, TrialQuery query, SeqLink seq, DateTimeOffset now)
    {
        var (row, state) = (look.Row, look.State);
        var axes = state.Spec?.Space.Axes ?? [];
        var axis = axes.FirstOrDefault(a => a.Key == query.Axis) ?? axes.FirstOrDefault();
        return new PageFrame($"Sweep {row.Id}", $"sweep/{row.Id}", look.Version,
        [
            Part("head", Head(look, seq)),
            E("section",
                E("h2", "Objective"),
                E("div", Class("charts pair"),
                    E("div", E("div", A("id", "over-time"), A("data-part", "yes"), state.Spec is null ? null : Figure($"{state.Spec.Objective}, trials in the order in which they were done", TrialCharts.OverTime(state)))),
                    axis is null ? null : E("div",
                        E("p", Class("axis"), E("label", A("for", "x"), "against "), Select("x", axes.Select(a => (a.Key, a.Key)), axis.Key)),
                        E("div", A("id", "against"), A("data-part", "yes"), TrialCharts.Against(state, axis))))),
            E("section",
                E("h2", "Trials"),
                E("form", A("id", "look"), A("method", "get"), A("action", $"/sweeps/{Uri.EscapeDataString(row.Id)}"), Class("look"),
                    E("label", A("for", "q"), "find "), E("input", A("type", "search"), A("id", "q"), A("name", "q"), A("value", query.Text), A("placeholder", "psi=0.7 failed …")),
                    E("label", A("for", "state"), "state "), Select("state", States.Select(s => (s, s)).Prepend(("", "all")), query.State),
                    E("input", A("type", "hidden"), A("name", "sort"), A("value", query.SortText)),
                    E("button", A("type", "submit"), "Show")),
                E("div", A("id", "trials"), A("data-part", "yes"), Trials(look, query, now))),
            E("section", E("h2", "What is searched"), E("div", A("id", "search"), A("data-part", "yes"), Search(look.State))),
            E("section", E("h2", "Latest"), E("div", A("id", "latest"), A("data-part", "yes"), Latest(look, now))),
        ])
        { IsWhole = look.IsWhole };
    }

    /// <summary>How a sweep stands, in one sentence.</summary>
    public static string Sentence(SweepLook look)
    {
        // Its row knows more than half a journal.
        var (row, s) = (look.Row, look.IsWhole ? SweepSummary.Of(look.State) : look.Row.Summary);
        if (look.Sequence == 0)
        {
            return $"Sweep {row.Id} waits for a host to take it up";
        }

        (int Count, string Word)[] also = [(s.Running, "running"), (s.Waiting, "waiting"), (s.Pruned, "pruned"), (s.Failed, "failed"), (s.Cancelled, "cancelled")];
        var most = look.State.Spec?.Trials is { } t ? $" of at most {Say.Count(t)}" : "";
        var rest = string.Concat(also.Where(a => a.Count > 0).Select(a => $", {Say.Count(a.Count)} {a.Word}"));
        var best = s is { Best: { } b, Value: { } value } ? Say.Text($"; the best is trial {b} with {look.State.Spec!.Objective} {Say.Figure(value)}") : "";
        return $"{Say.Many(s.Completed, "trial is done", "trials are done")}{most}{rest}{best}";
    }

    private static IEnumerable<XElement?> Head(SweepLook look, SeqLink seq)
    {
        var (row, state, address) = (look.Row, look.State, $"/api/sweeps/{Uri.EscapeDataString(look.Row.Id)}/");
        yield return E("p", Class("run"), "sweep ", E("b", row.Id), state.Spec is { Source.Length: > 0 } spec ? $", from {spec.Source}" : null);
        yield return E("p", Class($"verdict {row.Status}"), row.Status);
        yield return E("h1", Sentence(look) + ".");
        if (row.Reason.Length > 0)
        {
            yield return P(row.Reason);
        }

        if (!look.IsWhole)
        {
            yield return P(E("b", Say.Text($"Its journal is still being read: what is below shows the first {Say.Count(look.State.Trials.Count)} of {Say.Many(row.Summary.Planned, "trial")}, as they were then.")));
        }

        yield return P(Small(string.Join(" ", Facts(look))));
        yield return E("p", Class("acts"),
            row.Status == "paused" ? Act("resume", "Resume", address + "resume") : row.Status is "queued" or "running" ? Act("pause", "Pause", address + "pause") : null, " ",
            row.Status is "queued" or "running" or "paused" ? Act("cancel", "Cancel", address + "cancel", $"Sweep {row.Id} ends for good, and its running trials with it. Go on?") : null, " ",
            seq.To("SweepId", row.Id));
    }

    private static IEnumerable<string> Facts(SweepLook look)
    {
        var (state, spec) = (look.State, look.State.Spec);
        yield return $"Slots were busy for {Say.Span(TimeSpan.FromSeconds(state.DeviceSeconds))}{(spec is { DeviceHours: > 0 } ? $" of at most {Say.Number(spec.DeviceHours, "0.##")} h" : "")}.";
        if (state.Trials.Where(t => t.Status == TrialStatus.Completed && t.DeviceSeconds > 0).Select(t => t.DeviceSeconds).ToArray() is { Length: > 0 } took)
        {
            yield return $"A trial that was done took {Say.Span(TimeSpan.FromSeconds(took.Average()))} of a slot on average.";
        }

        if (SweepTable.Reused(state.Work.Steps, state.Work.Reused) is { Length: > 0 } reused)
        {
            yield return $"Of the trials that are over, {reused}.";
        }

        if (spec is not null)
        {
            yield return Say.Text($"At most {spec.Parallel} run at a time.");
        }

        yield return $"Begun {Say.Time(state.StartedAt ?? look.Row.Submitted)}{(state.EndedAt is { } end ? $", ended {Say.Time(end)}" : "")}.";
        if (state.Filled.Length > 0)
        {
            yield return $"No further trial is planned ({state.Filled}).";
        }
    }

    private static XElement Select(string name, IEnumerable<(string Value, string Words)> options, string chosen) => E("select", A("id", name), A("name", name), A("form", "look"),
        options.Select(o => E("option", A("value", o.Value), o.Value == chosen ? A("selected", "selected") : null, o.Words)));

    private sealed record Column(string Key, string Words, bool IsText, Func<TrialState, object?> Cell);

    private static IEnumerable<XElement> Trials(SweepLook look, TrialQuery query, DateTimeOffset now)
    {
        var state = look.State;
        var table = TrialTable.Of(state, query);
        var columns = Columns(state, now).ToArray();
        yield return E("p", Class("small"), A("id", "count"), table.Matching == state.Trials.Count ? Say.Many(table.Matching, "trial") + "." : $"{Say.Count(table.Matching)} of {Say.Many(state.Trials.Count, "trial")}.");
        yield return Cards(E("div", Class("scroll rows"), A("tabindex", "0"), A("role", "region"), A("aria-label", "Trials"), E("table", Class("figures"),
            E("thead", E("tr", columns.Select(c => Header(c, query, state.Spec?.Minimize ?? false)))),
            E("tbody", table.Rows.Select(t => E("tr", t.Number == state.Best ? Class("best") : null, columns.Select((c, i) => i == 0 ? E("th", A("scope", "row"), c.Cell(t)) : E("td", c.IsText ? Class("words") : null, c.Cell(t)))))))));
        if (table.Pages > 1)
        {
            yield return E("p", Class("pages"), Page("first", "First", 1, table.Page > 1), Page("back", "Back", table.Page - 1, table.Page > 1),
                E("span", Class("small"), $"page {Say.Count(table.Page)} of {Say.Count(table.Pages)}"), Page("on", "On", table.Page + 1, table.Page < table.Pages), Page("last", "Last", table.Pages, table.Page < table.Pages));
        }
    }

    private static XElement Page(string id, string words, int page, bool can) => E("button", A("id", "page-" + id), A("form", "look"), A("name", "page"), A("value", page.ToString(CultureInfo.InvariantCulture)), can ? null : A("disabled", "disabled"), words);

    private static IEnumerable<Column> Columns(SweepState state, DateTimeOffset now)
    {
        yield return new("number", "trial", false, t => RunLink(state.RunIdOf(t), Say.Text($"{t.Number}")));
        yield return new("state", "state", true, t => State(SweepState.WordOf(t.Status)));
        yield return new("value", state.Spec?.Objective ?? "objective", false, t => t.Value is { } v ? Say.Figure(v) : Say.Nothing);
        if (state.Trials.Any(t => !t.Reports.IsEmpty))
        {
            yield return new("rung", "rung", false, t => t.Reports.IsEmpty ? Say.Nothing : Say.Text($"{t.Reports[^1].Rung}"));
            yield return new("last", "value there", false, t => t.Reports.IsEmpty ? Say.Nothing : Say.Figure(t.Reports[^1].Value));
        }

        foreach (var axis in state.Spec?.Space.Axes ?? [])
        {
            yield return new(TrialTable.ColumnOf(axis.Key), axis.Key, axis is ChoiceAxis, t => t.Values.GetValueOrDefault(axis.Key, Say.Nothing));
        }

        yield return new("device", "device time", false, t => t.DeviceSeconds > 0 ? Say.Span(TimeSpan.FromSeconds(t.DeviceSeconds)) : Say.Nothing);
        if (state.Work.Reused > 0)
        {
            yield return new("reused", "there already", false, t => t.Steps > 0 ? Say.Text($"{t.Reused} of {t.Steps}") : Say.Nothing);
        }

        yield return new("planned", "planned", false, t => Time(t.Planned, now));
        yield return new("ended", "ended", false, t => Time(t.Ended, now));
        if (state.Trials.Any(t => t.Attempt > 1))
        {
            yield return new("attempt", "attempt", false, t => Say.Text($"{t.Attempt}"));
        }

        if (state.Trials.Any(t => t.Reason.Length > 0))
        {
            yield return new("reason", "why", true, t => t.Reason);
        }
    }

    // A real button of the form: it works without a script, by keyboard, and with what else is chosen.
    private static XElement Header(Column column, TrialQuery query, bool minimize)
    {
        var sorted = query.Sort == column.Key;
        var descending = sorted ? !query.Descending : column.Key is "value" or "last" && !minimize;
        return E("th", A("scope", "col"), column.IsText ? Class("words") : null, sorted ? A("aria-sort", query.Descending ? "descending" : "ascending") : null,
            E("button", A("form", "look"), A("name", "sort"), A("value", (descending ? "-" : "") + column.Key), A("id", "sort-" + column.Key), Class("sort"), column.Words,
                E("span", A("aria-hidden", "true"), Class("arrow"), sorted ? (query.Descending ? "▼" : "▲") : "")));
    }

    /// <summary>What a sweep searches, and by what rules.</summary>
    internal static IEnumerable<XElement> Search(SweepState state)
    {
        if (state.Spec is not { } spec)
        {
            yield return Note("What it searches cannot be read.");
            yield break;
        }

        var best = state.BestTrial;
        yield return Cards(Html.Table(["setting", "kind", "values", "only where", "best"], spec.Space.Axes.Select(a => (IEnumerable<object?>)
        [
            a.Key, Words(Kind(a)), Words(Values(a)), Words(a.When.IsEmpty ? Say.Nothing : string.Join(", ", a.When.Select(w => $"{w.Key} is {string.Join(" or ", w.Value)}"))), best?.Values.GetValueOrDefault(a.Key) ?? Say.Nothing,
        ])));
        yield return Pairs(
        [
            ("objective", $"{spec.Objective}, {(spec.Minimize ? "lower is better" : "higher is better")}"),
            ("sampler", Say.Text($"{spec.Sampler}, seed {spec.Seed}")),
            ("pruner", spec.Pruner.Kind switch
            {
                "none" => "none",
                "halving" => Say.Text($"halving, from rung {spec.Pruner.FirstRung} on, one of {spec.Pruner.Factor} goes on"),
                _ => Say.Text($"{spec.Pruner.Kind}, from rung {spec.Pruner.FirstRung} on, after {Say.Many(spec.Pruner.StartUpTrials, "trial")}"),
            }),
            ("limits", string.Join(", ", new[] { spec.Trials is { } n ? Say.Many(n, "trial") : null, spec.DeviceHours > 0 ? $"{Say.Number(spec.DeviceHours, "0.##")} device hours" : null, Say.Text($"{spec.Parallel} at a time") }.OfType<string>())),
            ("retries", Say.Text($"{spec.Retries}")),
            ("slots", spec.Fingerprint == "same" ? $"all of one kind{(state.Slot is { } slot ? $", {Say.Short(slot.Digest)}" : "")}" : "whatever there is"),
            ("priority, share", Say.Text($"{spec.Priority}, {Say.Figure(spec.Share)}") + (spec.User.Length > 0 ? $" of {spec.User}" : "")),
        ]);
        yield return E("details", A("id", "base"), E("summary", "Settings that all trials share"), E("pre", spec.Base));
    }

    private static string Kind(Axis axis) => axis switch
    {
        RealAxis { IsLog: true } => "real, over the logarithm",
        RealAxis => "real",
        IntegerAxis { IsLog: true } => "whole, over the logarithm",
        IntegerAxis => "whole",
        _ => "choice",
    };

    private static string Values(Axis axis) => axis switch
    {
        RealAxis r => $"{Say.Figure(r.Low)} to {Say.Figure(r.High)}{(r.Points is { } p ? Say.Text($", {p} points") : "")}",
        IntegerAxis i => Say.Text($"{i.Low} to {i.High}") + (i.Step > 1 ? Say.Text($" by {i.Step}") : i.Points is { } p ? Say.Text($", {p} points") : ""),
        ChoiceAxis c => string.Join(", ", c.Values),
        _ => "",
    };

    private static XElement Latest(SweepLook look, DateTimeOffset now) => look.Latest.IsEmpty
        ? Note("Nothing has happened yet.")
        : E("ol", Class("events"), look.Latest.Reverse().Select(e => E("li", Time(e.At, now), " ", SweepEventLog.Sentence(e, look.State))));
}
