using System.Globalization;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Live;
using Spectre.Console;

namespace Fer.Host.Hosting;

/// <summary>A sweep and its trials in a terminal.</summary>
internal static class SweepTable
{
    private const int Shown = 20;

    /// <summary>Characters in a line of a terminal in which an id and its figures stand side by side.</summary>
    private const int Roomy = 110;

    /// <summary>In one line: where it is, how many trials are what, the best so far.</summary>
    public static string Sentence(string id, string status, SweepSummary s, SweepSpec spec)
    {
        var parts = new (int Count, string Word)[] { (s.Running, "running"), (s.Waiting, "waiting"), (s.Completed, "completed"), (s.Pruned, "pruned"), (s.Failed, "failed"), (s.Cancelled, "cancelled") };
        var most = spec.Trials is { } t ? FormattableString.Invariant($" of at most {t}") : "";
        var best = s is { Best: { } number, Value: { } value } ? FormattableString.Invariant($" Best: trial {number} with {spec.Objective} {Figure(value)}.") : "";
        return FormattableString.Invariant($"Sweep {id} is {status}: {s.Planned} trials{most} are planned")
            + string.Concat(parts.Where(p => p.Count > 0).Select(p => FormattableString.Invariant($", {p.Count} {p.Word}")))
            + FormattableString.Invariant($"; slots were busy for {s.DeviceSeconds / 3600:0.##} h.{best}");
    }

    /// <summary>Sweeps in a line each; what none of them has is no column. Why one stands follows below.</summary>
    /// <param name="rows">As their coordinators last wrote them down.</param>
    public static void List(FerConsole console, IReadOnlyList<SweepRow> rows)
    {
        var sweeps = rows.Select(r => (Row: r, Spec: Json.Read<SweepSpec>(r.Spec))).ToList();
        var objectives = sweeps.Select(s => s.Spec.Objective).Distinct().ToList();
        var isShared = sweeps.Select(s => s.Spec.User).Distinct().Skip(1).Any();
        var columns = new (string Name, bool IsFigure, bool Always, Func<SweepRow, SweepSpec, string> Text)[]
        {
            ("state", false, true, (r, _) => r.Status),
            ("planned", true, true, (r, s) => s.Trials is { } most ? FormattableString.Invariant($"{r.Summary.Planned} of {most}") : Number(r.Summary.Planned)),
            ("running", true, true, (r, _) => Number(r.Summary.Running)),
            ("waiting", true, false, (r, _) => Some(r.Summary.Waiting)),
            ("completed", true, true, (r, _) => Number(r.Summary.Completed)),
            ("pruned", true, false, (r, _) => Some(r.Summary.Pruned)),
            ("failed", true, true, (r, _) => Number(r.Summary.Failed)),
            ("cancelled", true, false, (r, _) => Some(r.Summary.Cancelled)),
            ("best", true, true, (r, _) => r.Summary.Value is { } value ? Figure(value) : ""),
            ("objective", false, false, (_, s) => objectives.Count > 1 ? s.Objective : ""),
            ("trial", true, false, (r, _) => r.Summary.Best is { } number ? Number(number) : ""),
            ("slot hours", true, true, (r, _) => (r.Summary.DeviceSeconds / 3600).ToString("0.##", CultureInfo.InvariantCulture)),
            ("user", false, false, (_, s) => isShared ? s.User : ""),
            ("share", true, false, (_, s) => s.Share == 1 ? "" : s.Share.ToString("0.##", CultureInfo.InvariantCulture)),
        }.Where(c => c.Always || sweeps.Exists(s => c.Text(s.Row, s.Spec).Length > 0)).ToList();

        var table = new Table().Border(TableBorder.Rounded);
        table.Title = objectives is [var only] ? new TableTitle(Markup.Escape($"best: {only}")) : null;

        // An id is there to be copied; where there is hardly room for it nothing else would be read.
        table.AddColumn(console.Terminal.Profile.Width < Roomy ? new TableColumn("sweep") : new TableColumn("sweep").NoWrap());
        columns.ForEach(c => table.AddColumn(c.IsFigure ? new TableColumn(c.Name).RightAligned() : new TableColumn(c.Name)));
        sweeps.ForEach(s => table.AddRow([Markup.Escape(s.Row.Id), .. columns.Select(c => Markup.Escape(c.Text(s.Row, s.Spec)))]));
        console.Terminal.Write(table);
        foreach (var (row, _) in sweeps.Where(s => s.Row.Reason.Length > 0))
        {
            console.Out.WriteLine($"Sweep {row.Id} is {row.Status}: {row.Reason.TrimEnd('.')}.");
        }
    }

    /// <summary>How much of the work was done before; empty: none, or it was not counted.</summary>
    public static string Reused(int steps, int reused) => reused == 0 ? "" : FormattableString.Invariant($"{reused} of {steps} steps were there already");

    public static void Write(FerConsole console, string id, SweepState state)
    {
        console.Out.WriteLine(Sentence(id, state.Status.ToString().ToLowerInvariant(), SweepSummary.Of(state), state.Spec!));
        if (Reused(state.Work.Steps, state.Work.Reused) is { Length: > 0 } reused)
        {
            console.Out.WriteLine($"Of the trials that are over, {reused}: made for other trials, or before.");
        }

        var trials = BestFirst(state);
        var keys = state.Spec!.Space.Axes.Select(a => a.Key).ToList();
        var table = new Table().Border(TableBorder.Rounded);
        var reports = state.Trials.Any(t => !t.Reports.IsEmpty);
        table.AddColumns(["trial", "state", .. keys, .. Enumerable.Repeat("at rung", reports ? 1 : 0), state.Spec.Objective, "run"]);
        foreach (var t in trials.Take(Shown))
        {
            table.AddRow([Number(t.Number), Words(state, t), .. keys.Select(k => Markup.Escape(t.Values.GetValueOrDefault(k, ""))), .. Enumerable.Repeat(AtRung(t), reports ? 1 : 0), t.Value is { } v ? Figure(v) : "", Markup.Escape(state.RunIdOf(t))]);
        }

        console.Terminal.Write(table);
        if (trials.Count > Shown)
        {
            console.Out.WriteLine(FormattableString.Invariant($"The first {Shown} of {trials.Count}; fer sweep export {id} writes all."));
        }

        foreach (var t in state.Trials.Where(t => t.Status == TrialStatus.Failed).Take(3))
        {
            console.Out.WriteLine(FormattableString.Invariant($"Trial {t.Number} has failed: {t.Reason.TrimEnd('.')}."));
        }
    }

    /// <summary>Those that completed, the best first, then the others.</summary>
    public static IReadOnlyList<TrialState> BestFirst(SweepState state)
    {
        var sign = state.Spec!.Minimize ? 1 : -1;
        return [.. state.Trials.OrderBy(t => t.Status == TrialStatus.Completed ? 0 : 1).ThenBy(t => t.Value is { } v ? sign * v : double.PositiveInfinity).ThenBy(t => t.Number)];
    }

    public static string Figure(double value) => value.ToString("0.0###", CultureInfo.InvariantCulture);

    public static string Words(SweepState state, TrialState t) =>
        t.Status == TrialStatus.Waiting ? FormattableString.Invariant($"waits at rung {t.Judged}")
        : state.Standing.Contains(t.Number) ? state.Status == SweepStatus.Paused ? "stands" : "stands until there is room"
        : SweepState.WordOf(t.Status);

    /// <summary>The last it reported, and where.</summary>
    public static string AtRung(TrialState t) => t.Reports.IsEmpty ? "" : FormattableString.Invariant($"{Figure(t.Reports[^1].Value)} at {t.Reports[^1].Rung}");

    private static string Some(int count) => count == 0 ? "" : Number(count);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
