using System.Globalization;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;

namespace Fer.Host.Reports;

/// <summary>The refinement job's steps and figures by what they mean, read off a run's state alone.</summary>
internal static class RefinementView
{
    private const StringComparison Exact = StringComparison.Ordinal;

    /// <summary>Loops of which a step was started, ascending.</summary>
    public static IReadOnlyList<int> Loops(this RunState state) =>
        [.. state.Steps.Keys.Select(LoopOf).Append(1).Distinct().Order()];

    /// <summary>Rounds of a loop of which a step was started, ascending.</summary>
    public static IReadOnlyList<int> Rounds(this RunState state, int loop = 1) =>
        [.. state.Steps.Keys.Where(k => LoopOf(k) == loop).SelectMany(k => k.Split('/')).Where(p => p.StartsWith("round-", Exact))
            .Select(p => int.TryParse(p.AsSpan("round-".Length), CultureInfo.InvariantCulture, out var n) ? n : 0).Where(n => n > 0).Distinct().Order()];

    /// <summary>Steps that were sampled in a round, with the class of each, in label order where that is known.</summary>
    public static IReadOnlyList<(string Class, StepState Step)> Samples(this RunState state, int round, int loop = 1) =>
        [.. Below(state, Names.InLoop(loop, Names.Sample(round, ""))).Select(s => (s.Tail, s.Step))];

    /// <summary>The same without the filter, for the arm unfiltered.</summary>
    public static IReadOnlyList<(string Class, StepState Step)> UncheckedSamples(this RunState state, int round, int loop = 1) =>
        [.. Below(state, Names.InLoop(loop, Names.Unchecked(round, ""))).Select(s => (s.Tail, s.Step))];

    /// <summary>What a screening of levers sampled, each step that computed something.</summary>
    public static IReadOnlyList<StepState> LeverSamples(this RunState state) =>
        [.. state.Steps.Values.Where(s => s.SharedFrom is null && s.Spec.Name.StartsWith(LeverNames.Prefix, Exact) && s.Spec.Name.Contains("/sample/round-", Exact))];

    /// <summary>Generators of a round (<c>all</c>, or a class each).</summary>
    public static IReadOnlyList<(string Generator, StepState Step)> Gans(this RunState state, int round, int loop = 1) =>
        [.. Below(state, Names.InLoop(loop, Names.Gan(round, ""))).Select(s => (s.Tail, s.Step))];

    /// <summary>An arm's classifiers that were started, by loop and seed.</summary>
    public static IReadOnlyList<(int Loop, int Seed, string Step)> Classifiers(this RunState state, string arm) =>
        [.. state.Loops().SelectMany(loop => Below(state, Names.InLoop(loop, $"classify/{arm}/seed-"))
            .Select(s => (Loop: loop, Seed: int.TryParse(s.Tail, CultureInfo.InvariantCulture, out var n) ? n : -1)).Where(s => s.Seed >= 0).OrderBy(s => s.Seed))
            .Select(s => (s.Loop, s.Seed, Names.InLoop(s.Loop, Names.Classify(arm, s.Seed))))];

    /// <summary>A figure of the result, e.g. <c>refined.macroF1</c>; null before it is there.</summary>
    public static double? Result(this RunState state, string figure) =>
        state.Completed(Names.Verdict) is { } s && s.Figures.TryGetValue(figure, out var v) ? v : null;

    /// <summary>better, worse, equivalent, undecided; null before the run has decided.</summary>
    public static string? VerdictWord(this RunState state) => state.Decisions.GetValueOrDefault(Names.VerdictQuestion)?.Answer;

    /// <summary>A setting by its configuration key; null where the run's settings do not hold it.</summary>
    public static string? Setting(this RunState state, string key) => SettingsList.Of(state.Settings).FirstOrDefault(s => s.Name == key).Value;

    /// <summary>The rounds whose kept images a loop's refined arm is trained on, once that is decided; until then all.</summary>
    public static int RoundsUsed(this RunState state, int loop = 1) =>
        state.Decisions.TryGetValue(Names.InLoop(loop, Names.RoundsUsed), out var d) && int.TryParse(d.Answer, CultureInfo.InvariantCulture, out var rounds) ? rounds : int.MaxValue;

    /// <summary>Kept images by class, from the steps' figures.</summary>
    /// <param name="state">The run.</param>
    /// <param name="used">Only those that the refined arm is trained on.</param>
    /// <param name="loop">Only this loop's; null: all loops added up.</param>
    public static IReadOnlyDictionary<string, int> KeptByClass(this RunState state, bool used = false, int? loop = null)
    {
        var kept = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in loop is { } only ? [only] : state.Loops())
        {
            var most = used ? state.RoundsUsed(one) : int.MaxValue;
            foreach (var (name, step) in state.Rounds(one).Where(r => r <= most).SelectMany(r => state.Samples(r, one)).Where(s => s.Step.Status == StepStatus.Completed))
            {
                kept[name] = kept.GetValueOrDefault(name) + (int)step.Figures.GetValueOrDefault("kept");
            }
        }

        return kept;
    }

    private static int LoopOf(string step) => step.StartsWith("loop-", Exact) && int.TryParse(step.AsSpan(5, step.IndexOf('/', 5) is var end and > 5 ? end - 5 : 0), CultureInfo.InvariantCulture, out var n) ? n : 1;

    private static IEnumerable<(string Tail, StepState Step)> Below(RunState state, string prefix) =>
        state.Steps.Where(s => s.Key.StartsWith(prefix, Exact) && s.Key.Length > prefix.Length).Select(s => (s.Key[prefix.Length..], s.Value));
}
