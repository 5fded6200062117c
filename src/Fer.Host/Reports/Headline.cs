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
        ArgumentNullException.ThrowIfNull(state);
        if (state.Status != RunStatus.Completed)
        {
            return $"{Unfinished(state)} Nothing is claimed before the test set has been read.";
        }

        if (state.Difference("vsControl") is not { } control || state.VerdictWord() is not { } verdict)
        {
            return "The run is complete but holds no comparison of refined and control. Nothing is claimed.";
        }

        return string.Join(' ', Claim(verdict, control), AgainstReal(state), $"Verdict: {verdict}.", Loops(state) > 1 ? "" : OneLoop).Replace("  ", " ", StringComparison.Ordinal).TrimEnd();
    }

    /// <summary>GAN runs behind the result: the verdict's figure <c>loops</c>, 1 where it has none.</summary>
    internal static int Loops(RunState state) => (int)(state.Result("loops") ?? 1);

    private static string Claim(string verdict, (double Delta, double Low, double High) d)
    {
        var points = $"{Say.Points(d.Delta)} points of macro F1 against the control (interval {Interval(d)})";
        return verdict switch
        {
            "better" => $"In this run kept synthetic faces helped: refined has {points}.",
            "worse" => $"In this run kept synthetic faces did harm: refined has {points}.",
            "equivalent" => $"In this run kept synthetic faces made no difference that matters: refined has {points}.",
            "undecided" => $"This run cannot tell whether kept synthetic faces helped: refined has {points}.",
            _ => $"Refined has {points}.",
        };
    }

    private static string AgainstReal(RunState state) => state.Difference("vsReal") is { } d
        ? $"Against {Names.Real} faces alone it has {Say.Points(d.Delta)} points (interval {Interval(d)})."
        : "";

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
