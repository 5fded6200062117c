using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Models.Evaluation;

namespace Fer.Host.Reports;

/// <summary>One of the differences in macro F1 that a verdict step makes, shares of 1.</summary>
/// <param name="Key">What its figures begin with: <c>vsControl</c> …</param>
/// <param name="Title">Which arm less which, short.</param>
/// <param name="Arm">The arm that gives it its colour.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Word">better, worse, equivalent or undecided; null where the step has none.</param>
/// <param name="Loops">The difference in each loop; empty where there was one loop.</param>
/// <param name="LoopWords">What each loop alone would have been called, by its test images; empty where that is not recorded.</param>
/// <param name="LoopDeviation">Deviation of those; null where there was one loop.</param>
internal sealed record ArmDifference(string Key, string Title, string Arm, double Delta, double Low, double High, string? Word, IReadOnlyList<double> Loops, IReadOnlyList<string> LoopWords, double? LoopDeviation)
{
    public const string VsControl = "vsControl", VsReal = "vsReal", VsUnfiltered = "vsUnfiltered", SoftVsHard = "softVsHard", Room = "room";

    // The question first, then what explains its answer, and last what there was to gain.
    private static readonly (string Key, string Title, string Arm)[] InOrder =
    [
        (VsControl, "refined − control", Names.Refined), (VsReal, "refined − real", Names.Real), (VsUnfiltered, "filtered − unfiltered", Names.Unfiltered),
        (SoftVsHard, "soft − hard labels", Names.RefinedSoft), (Room, "oracle − control", Names.Oracle),
    ];

    /// <summary>The titles of all there can be, in the order of reports.</summary>
    public static IReadOnlyList<string> Titles { get; } = [.. InOrder.Select(d => d.Title)];

    /// <summary>Those a run's result has, in the order of reports.</summary>
    public static IReadOnlyList<ArmDifference> Of(RunState state) => Of(state.Result);

    /// <summary>One of them; null where the run has no result, or has not that one.</summary>
    public static ArmDifference? Of(RunState state, string key) => Of(state).FirstOrDefault(d => d.Key == key);

    /// <summary>The same from figures by name, as <see cref="Comparisons.Arms"/> makes them; null for a figure that is not there.</summary>
    public static IReadOnlyList<ArmDifference> Of(Func<string, double?> figure) =>
        [.. InOrder.Select(d => Of(d, figure)).OfType<ArmDifference>()];

    /// <summary>Its 95 % interval in points.</summary>
    public string Interval => $"{Say.Points(Low)} to {Say.Points(High)}";

    private static ArmDifference? Of((string Key, string Title, string Arm) d, Func<string, double?> figure)
    {
        if (figure(d.Key + ".delta") is not { } delta || figure(d.Key + ".low") is not { } low || figure(d.Key + ".high") is not { } high)
        {
            return null;
        }

        var word = figure(d.Key + ".verdict") is { } code ? Comparisons.WordOf(code) : null;
        IEnumerable<double> Each(string name) => Enumerable.Range(1, (int)(figure("loops") ?? 1)).Select(k => figure(Say.Text($"{d.Key}.loop-{k}{name}"))).TakeWhile(v => v is not null).Select(v => v!.Value);
        return new ArmDifference(d.Key, d.Title, d.Arm, delta, low, high, word, [.. Each("")], [.. Each(".verdict").Select(Comparisons.WordOf)], figure(d.Key + ".loopDeviation"));
    }
}
