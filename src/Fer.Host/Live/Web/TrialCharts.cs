using System.Globalization;
using System.Xml.Linq;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Reports;
using Fer.Host.Reports.Charts;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Live.Web;

/// <summary>A sweep's trials as drawings.</summary>
internal static class TrialCharts
{
    public static XElement OverTime(SweepState state)
    {
        var done = Done(state);
        if (done.Length == 0)
        {
            return Note("No trial has a value yet.");
        }

        var best = new List<(double X, double Y)>();
        for (var i = 0; i < done.Length; i++)
        {
            if (IsWhole(done[i]) && (best.Count == 0 || (state.Spec!.Minimize ? done[i].Value < best[^1].Y : done[i].Value > best[^1].Y)))
            {
                best.Add((i + 1, done[i].Value!.Value));
            }
        }

        var at = state.BestTrial is { } b ? Array.IndexOf(done, b) : -1;
        return new ScatterChart($"{state.Spec!.Objective} over trials", "trials done", [.. done.Select((t, i) => Dot(t, i + 1, done.Length))])
        {
            WholeX = true, Range = (1, Math.Max(2, done.Length)), Steps = best.Count == 0 ? [] : [.. best, (done.Length, best[^1].Y)], Best = at < 0 ? null : Dot(done[at], at + 1),
        }.Draw();
    }

    public static XElement Against(SweepState state, Axis axis)
    {
        var choices = (axis as ChoiceAxis)?.Values ?? [];
        var placed = Done(state).Select(t => (Trial: t, X: Place(t, axis))).Where(p => double.IsFinite(p.X)).ToArray();
        if (placed.Length == 0)
        {
            return Note($"No trial with {axis.Key} has a value yet.");
        }

        var best = placed.Where(p => p.Trial.Number == state.Best).Select(p => (Dot?)Dot(p.Trial, p.X)).FirstOrDefault();
        return new ScatterChart($"{state.Spec!.Objective} over {axis.Key}", axis.Key, [.. placed.Select(p => Dot(p.Trial, p.X, placed.Length))])
        {
            LogX = axis is RealAxis { IsLog: true } or IntegerAxis { IsLog: true }, WholeX = axis is IntegerAxis, Categories = choices, Best = best,
            Range = axis switch { RealAxis r => (r.Low, r.High), IntegerAxis i => (i.Low, i.High), _ => null },
        }.Draw();
    }

    private static TrialState[] Done(SweepState state) => [.. state.Trials.Where(t => t.Value is { } v && double.IsFinite(v) && t.IsOver).OrderBy(t => t.Ended).ThenBy(t => t.Number)];

    private static bool IsWhole(TrialState trial) => trial.Status == TrialStatus.Completed;

    // Trials of one choice stand side by side a little, always at the same place.
    private static double Place(TrialState trial, Axis axis) => !trial.Values.TryGetValue(axis.Key, out var value)
        ? double.NaN
        : axis is ChoiceAxis c
            ? c.Values.IndexOf(value) is >= 0 and var index ? index + ((trial.Number * 0.618034) % 1 - 0.5) * 0.5 : double.NaN
            : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    // Of thousands no dot has words: nobody could point at one.
    private static Dot Dot(TrialState trial, double x, int of = 1) => new(x, trial.Value!.Value, !IsWhole(trial), of > ScatterChart.FewDots
        ? ""
        : Say.Text($"trial {trial.Number}: {Say.Figure(trial.Value.Value)}, {string.Join(", ", trial.Values.Select(v => $"{v.Key}={v.Value}"))}"));
}
