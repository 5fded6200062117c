using System.Globalization;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;

namespace Fer.Host.Reports;

/// <summary>The refinement job's steps and figures by what they mean, read off a run's state alone.</summary>
internal static class RefinementView
{
    private const StringComparison Exact = StringComparison.Ordinal;

    /// <summary>Rounds of which a step was started, ascending.</summary>
    public static IReadOnlyList<int> Rounds(this RunState state) =>
        [.. state.Steps.Keys.SelectMany(k => k.Split('/')).Where(p => p.StartsWith("round-", Exact))
            .Select(p => int.TryParse(p.AsSpan("round-".Length), CultureInfo.InvariantCulture, out var n) ? n : 0).Where(n => n > 0).Distinct().Order()];

    /// <summary>Steps that were sampled in a round, with the class of each, in label order where that is known.</summary>
    public static IReadOnlyList<(string Class, StepState Step)> Samples(this RunState state, int round) =>
        [.. Below(state, Names.Sample(round, "")).Select(s => (s.Tail, s.Step))];

    /// <summary>Generators of a round (<c>all</c>, or a class each).</summary>
    public static IReadOnlyList<(string Generator, StepState Step)> Gans(this RunState state, int round) =>
        [.. Below(state, Names.Gan(round, "")).Select(s => (s.Tail, s.Step))];

    /// <summary>Seeds of an arm's classifiers that were started, ascending.</summary>
    public static IReadOnlyList<int> Seeds(this RunState state, string arm) =>
        [.. Below(state, $"classify/{arm}/seed-").Select(s => int.TryParse(s.Tail, CultureInfo.InvariantCulture, out var n) ? n : -1).Where(n => n >= 0).Order()];

    /// <summary>A figure of the result, e.g. <c>refined.macroF1</c>; null before it is there.</summary>
    public static double? Result(this RunState state, string figure) =>
        state.Completed(Names.Verdict) is { } s && s.Figures.TryGetValue(figure, out var v) ? v : null;

    /// <summary>better, worse, equivalent, undecided; null before the run has decided.</summary>
    public static string? VerdictWord(this RunState state) => state.Decisions.GetValueOrDefault(Names.VerdictQuestion)?.Answer;

    /// <summary>Difference of refined to another arm in macro F1 with its interval, shares of 1.</summary>
    public static (double Delta, double Low, double High)? Difference(this RunState state, string versus) =>
        state.Result(versus + ".delta") is { } d && state.Result(versus + ".low") is { } l && state.Result(versus + ".high") is { } h ? (d, l, h) : null;

    /// <summary>The rounds whose kept images the refined arm is trained on, once that is decided; until then all.</summary>
    public static int RoundsUsed(this RunState state) =>
        state.Decisions.TryGetValue("rounds-used", out var d) && int.TryParse(d.Answer, CultureInfo.InvariantCulture, out var rounds) ? rounds : int.MaxValue;

    /// <summary>Kept images by class up to a round, from the steps' figures.</summary>
    public static IReadOnlyDictionary<string, int> KeptByClass(this RunState state, int upTo = int.MaxValue)
    {
        var kept = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, step) in state.Rounds().Where(r => r <= upTo).SelectMany(state.Samples).Where(s => s.Step.Status == StepStatus.Completed))
        {
            kept[name] = kept.GetValueOrDefault(name) + (int)step.Figures.GetValueOrDefault("kept");
        }

        return kept;
    }

    private static IEnumerable<(string Tail, StepState Step)> Below(RunState state, string prefix) =>
        state.Steps.Where(s => s.Key.StartsWith(prefix, Exact) && s.Key.Length > prefix.Length).Select(s => (s.Key[prefix.Length..], s.Value));
}
