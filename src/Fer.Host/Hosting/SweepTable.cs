using System.Globalization;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Live;
using Spectre.Console;

namespace Fer.Host.Hosting;

/// <summary>A sweep and its trials in a terminal.</summary>
internal static class SweepTable
{
    private const int Shown = 20;

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

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
