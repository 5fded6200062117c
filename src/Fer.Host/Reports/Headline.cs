using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;

namespace Fer.Host.Reports;

/// <summary>
/// What a run may claim, in words: the difference with its interval and the verdict when it has one, and nothing at all
/// before. Used by the report and by the command line, so that both say the same.
/// </summary>
public static class Headline
{
    private const string OneLoop = "One GAN run, no claim about the method.";

    /// <summary>The claim and its limits, two to four plain sentences.</summary>
    public static string Of(RunState state)
    {
        var (claim, limits) = Parts(state);
        return $"{claim} {limits}";
    }

    /// <summary>The same as its first sentence and the rest.</summary>
    internal static (string Claim, string Limits) Parts(RunState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Status != RunStatus.Completed)
        {
            return (Unfinished(state), "Nothing is claimed before the test set has been read.");
        }

        return state.Difference("vsControl") is { } control && state.VerdictWord() is { } verdict
            ? (Claim(state, verdict, control), string.Join(' ', ((string[])[AgainstReal(state), $"Verdict: {verdict}.", Loops(state) > 1 ? "" : OneLoop]).Where(s => s.Length > 0)))
            : ("The run is complete but holds no comparison of refined and control.", "Nothing is claimed.");
    }

    /// <summary>Where the run stands, in a word; <c>interrupted</c>: it should run, but no process has it.</summary>
    internal static string Status(RunState state, bool held) => state.Status == RunStatus.Running && !held ? "interrupted" : state.Status.ToString().ToLowerInvariant();

    /// <summary>What a complete run found, in a word or two.</summary>
    internal static string Word(RunState state) => state.VerdictWord() is not { } verdict ? "no verdict" : KeptNone(state) ? "nothing kept" : verdict;

    private static bool KeptNone(RunState state) => state.KeptByClass(used: true).Values.Sum() == 0;

    /// <summary>GAN runs behind the result: the verdict's figure <c>loops</c>, 1 where it has none.</summary>
    internal static int Loops(RunState state) => (int)(state.Result("loops") ?? 1);

    private static string Claim(RunState state, string verdict, (double Delta, double Low, double High) d)
    {
        var where = $"refined is {Above(d.Delta)} the control (95 % interval {Interval(d)})";
        if (KeptNone(state))
        {
            // Whatever the difference is, synthetic faces did not make it.
            return $"No synthetic face was kept, so this run says nothing about them: {where}.";
        }

        return verdict switch
        {
            "better" => $"In this run kept synthetic faces helped: {where}.",
            "worse" => $"In this run kept synthetic faces did harm: {where}.",
            "equivalent" => $"In this run kept synthetic faces made no difference that matters: {where}.",
            "undecided" => $"This run cannot tell whether kept synthetic faces helped: {where}.",
            _ => $"In this run {where}.",
        };
    }

    private static string AgainstReal(RunState state) => state.Difference("vsReal") is { } d
        ? $"It is {Above(d.Delta)} {Names.Real} faces alone ({Interval(d)})."
        : "";

    private static string Above(double delta) => Say.Points(delta) is var points && points == "0.0"
        ? "0.0 points of macro F1 from"
        : $"{points[1..]} points of macro F1 {(delta > 0 ? "above" : "below")}";

    internal static string Interval((double Delta, double Low, double High) d) => $"{Say.Points(d.Low)} to {Say.Points(d.High)}";

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
