using System.Collections.Immutable;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Hosting;

namespace Fer.Host.Reports;

/// <summary>A difference in macro F1 with its 95 % interval over loops, shares of 1.</summary>
internal sealed record LeverDifference(double Delta, double Low, double High, double StandardError);

/// <summary>A row of a screening's table.</summary>
/// <param name="Base">What the lever is at the base.</param>
/// <param name="Refined">Refined with the value less refined at the base.</param>
/// <param name="Control">The same of the control; null where the lever does not reach it.</param>
/// <param name="Gain">Refined less control, both with the value.</param>
/// <param name="Loops">Of refined, loop by loop.</param>
internal sealed record LeverRow(string Key, string Base, string Value, LeverDifference Refined, LeverDifference? Control, LeverDifference Gain, IReadOnlyList<double> Loops, bool IsTaken);

/// <summary>A screening as tables and pages show it, read off a run's state alone.</summary>
internal sealed record LeversView(LeversRun Run, LeverDifference? GainAtBase, ImmutableArray<LeverRow> Rows)
{
    public static LeversView Of(RunState state)
    {
        var run = JobDifferences.Levers(state.Settings);
        if (state.Completed(LeverNames.Screen) is not { Figures: var figures })
        {
            return new LeversView(run, null, []);
        }

        var loops = run.Screened.Loop.Loops;
        return new LeversView(run, Difference(LeverNames.Base, "gain")!,
        [
            .. run.Levers.SelectMany(choice => choice.Values.Select(value => (choice.Key, Value: value, Name: LeverNames.Variant(choice.Key, value)))).Select(v => new LeverRow(
                v.Key, Lever.Find(v.Key)!.Get(run.Settings), v.Value, Difference(v.Name, Names.Refined)!, Difference(v.Name, Names.Control), Difference(v.Name, "gain")!,
                [.. Enumerable.Range(1, loops).Select(loop => figures[LeverNames.Figure(v.Name, Names.Refined, LeverNames.InLoop(loop))])], figures[$"{v.Name}.taken"] > 0)),
        ]);

        LeverDifference? Difference(string variant, string of)
        {
            double Figure(string name) => figures[LeverNames.Figure(variant, of, name)];
            return figures.ContainsKey(LeverNames.Figure(variant, of, "delta")) ? new LeverDifference(Figure("delta"), Figure("low"), Figure("high"), Figure("standardError")) : null;
        }
    }

    /// <summary>What all of it may be taken for; the console and the page say the same.</summary>
    public string Limits => Say.Text($"Screening chooses, it proves nothing: {Say.Many(Run.Levers.Sum(l => l.Values.Length), "value")} had a chance to look good on the same validation faces, so what was taken looks better than it is. The test set had no part in it; the recipe is tested by fer run. Where loops share validation faces (the source has a validation split, or data.fraction is 1), the intervals are narrower than they should be.");
}
