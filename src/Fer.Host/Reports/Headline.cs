using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Models.Evaluation;

namespace Fer.Host.Reports;

/// <summary>What a run may claim, in the order in which it is to be read.</summary>
/// <param name="Claim">The verdict in words, with the difference and its interval.</param>
/// <param name="Scope">Of what the claim speaks, and how far.</param>
/// <param name="Also">A plain sentence each on what explains the answer: real faces, filter, labels, room.</param>
internal sealed record HeadlineText(string Claim, string Scope, IReadOnlyList<string> Also);

/// <summary>
/// What a run may claim, in words: the verdict, the difference with its interval, and of how many GAN runs it speaks; nothing at all before
/// the test set has been read. Used by report, console and dataset card, so that all say the same.
/// </summary>
public static class Headline
{
    private const string Leaky = "Twins were left as they come: test faces may have been trained on, so every figure is flattered.";
    private const string OneLoop = "One GAN run, no claim about the method.";

    /// <summary>The claim, its scope and what explains it, as one paragraph.</summary>
    public static string Of(RunState state)
    {
        var text = Parts(state);
        return string.Join(' ', [Short(state), .. text.Also]);
    }

    /// <summary>The claim with its scope.</summary>
    internal static string Short(RunState state)
    {
        var text = Parts(state);
        var verdict = state.Status == RunStatus.Completed && state.VerdictWord() is not null ? $"Verdict: {Word(state)}. " : "";
        return $"{verdict}{text.Claim} {text.Scope}";
    }

    internal static HeadlineText Parts(RunState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Status != RunStatus.Completed)
        {
            return new HeadlineText(Unfinished(state), "Nothing is claimed before the test set has been read.", []);
        }

        if (state.Figures.TryGetValue(ValidationFigures.Delta, out var delta))
        {
            return new HeadlineText($"On validation faces, by which it may have been chosen, refined is {Above(delta)} the control.", "The test set was not read: nothing is claimed.", []);
        }

        if (ArmDifference.Of(state, ArmDifference.VsControl) is not { } control || state.VerdictWord() is not { } verdict)
        {
            return new HeadlineText("The run is complete but holds no comparison of refined and control.", "Nothing is claimed.", []);
        }

        return ArmWords.Placebo(state) is { } placebo
            ? new HeadlineText(Placebo(placebo, verdict, control), Scope(state, control), [.. HeadlineReasons.Of(state, placebo: true)])
            : new HeadlineText(Claim(state, verdict, control), Scope(state, control), [.. HeadlineReasons.Of(state, placebo: false)]);
    }

    /// <summary>Where the run stands, in a word; <c>interrupted</c>: it should run, but no process has it.</summary>
    internal static string Status(RunState state, bool held) => state.Status == RunStatus.Running && !held ? "interrupted" : state.Status.ToString().ToLowerInvariant();

    /// <summary>What a complete run found, in a word or three.</summary>
    internal static string Word(RunState state) => state.VerdictWord() is not { } verdict ? state.Figures.ContainsKey(ValidationFigures.Delta) ? "on validation" : "no verdict"
        : ArmWords.Placebo(state) is not null ? Placebo(verdict)
        : KeptNone(state) ? "nothing kept"
        : verdict;

    /// <summary>GAN runs behind the result: the verdict's figure <c>loops</c>, 1 where it has none.</summary>
    internal static int Loops(RunState state) => (int)(state.Result("loops") ?? 1);

    private static bool KeptNone(RunState state) => state.KeptByClass(used: true).Values.Sum() == 0;

    private static string Claim(RunState state, string verdict, ArmDifference d)
    {
        var loops = Loops(state);
        if (KeptNone(state))
        {
            // Whatever the difference is, synthetic faces did not make it.
            return $"No synthetic face was kept, so this run says nothing about them: {Where(d)}.";
        }

        var over = loops == 1 ? "In this run" : Say.Text($"Over {loops} GAN runs");
        return verdict switch
        {
            TwoArms.Better => $"{over} kept synthetic faces helped: {Where(d)}.",
            TwoArms.Worse => $"{over} kept synthetic faces did harm: {Where(d)}.",
            TwoArms.Equivalent => $"{over} kept synthetic faces made no difference that matters: {Where(d)}.",
            TwoArms.Undecided => $"{(loops == 1 ? "This run cannot" : Say.Text($"{loops} GAN runs cannot"))} tell whether kept synthetic faces helped: {Where(d)}.",
            _ => $"{over} {Where(d)}.",
        };
    }

    private static string Placebo(string verdict) => verdict switch
    {
        TwoArms.Better => "placebo with a gain",
        TwoArms.Undecided => "placebo undecided",
        _ => "placebo without a gain",
    };

    // What came of a placebo is said of this program, whatever came of it.
    private static string Placebo(string what, string verdict, ArmDifference d) => verdict switch
    {
        TwoArms.Better => $"A test of the machinery, which it does not pass: kept images were {what}, and they came out as a gain: {Where(d)}.",
        TwoArms.Undecided => $"A test of the machinery, no claim about synthetic faces: kept images were {what}, and no gain was shown, nor ruled out: {Where(d)}.",
        _ => $"A test of the machinery, no claim about synthetic faces: kept images were {what}, and as it must be they came out as no gain: {Where(d)}.",
    };

    private static string Where(ArmDifference d) => $"refined is {Above(d.Delta)} the control (95 % interval {d.Interval})";

    private static string Above(double delta) => Say.Points(delta) is var points && points == "0.0"
        ? "0.0 points of macro F1 from"
        : $"{points[1..]} points of macro F1 {(delta > 0 ? "above" : "below")}";

    private static string Scope(RunState state, ArmDifference d) => state.Setting("fer.data.twins") is "as-they-come" ? $"{GanRuns(state, d)} {Leaky}" : GanRuns(state, d);

    private static string GanRuns(RunState state, ArmDifference d) => Loops(state) switch
    {
        1 => ArmWords.Placebo(state) is null ? OneLoop : "One run of it.",
        // Student's t for two loops: the interval is what it must be, and a reader should know why it is so wide.
        2 => $"The GAN runs, one by one: {Each(d)} points. Two hardly decide: from two the interval reaches 12.7 standard errors to either side, from five 2.8.",
        _ => $"The GAN runs, one by one: {Each(d)} points; the interval is over GAN runs and test images.",
    };

    private static string Each(ArmDifference d) => d.Loops.Count == 0 ? "unrecorded" : string.Join(", ", d.Loops.SkipLast(1).Select(Say.Points)) + (d.Loops.Count > 1 ? " and " : "") + Say.Points(d.Loops[^1]);

    private static string Unfinished(RunState state) => state.Status switch
    {
        RunStatus.Queued => "The run has not started.",
        RunStatus.Paused => $"The run is paused ({Because(state, "no reason given")}).",
        RunStatus.Failed => $"The run failed ({Because(state, "no reason given")}).",
        RunStatus.Cancelled => "The run was cancelled.",
        _ => state.Order.IsEmpty ? "The run has begun and no step has started." : $"The run is not finished: its last step so far is {state.Order[^1]}.",
    };

    private static string Because(RunState state, string otherwise) => string.IsNullOrWhiteSpace(state.Reason) ? otherwise : state.Reason.TrimEnd('.');
}
