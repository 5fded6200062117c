using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps.Search;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>What a run that ends on validation B reports, and how it stands there after each round. Rates are 0 … 1.</summary>
public static class ValidationFigures
{
    /// <summary>Refined minus control, means over loops and seeds.</summary>
    public const string Delta = "validation.delta";

    /// <summary>Macro F1 of an arm, mean over loops and seeds.</summary>
    public static string Of(string arm) => $"validation.{arm}.macroF1";

    public static ImmutableArray<string> Names { get; } = [Delta, Of(Refinement.Names.Control), Of(Refinement.Names.Refined)];

    public static ImmutableSortedDictionary<string, double> Of(IReadOnlyCollection<(string Arm, double MacroF1)> found)
    {
        var arms = found.GroupBy(f => f.Arm, StringComparer.Ordinal).ToImmutableSortedDictionary(g => Of(g.Key), g => g.Average(f => f.MacroF1), StringComparer.Ordinal);
        return arms.Add(Delta, arms[Of(Refinement.Names.Refined)] - arms[Of(Refinement.Names.Control)]);
    }

    /// <summary>
    /// The loop's own classifier on validation B after each round, mean over loops: its gain over real faces alone for <see cref="Delta"/>,
    /// else its macro F1. A round counts when all loops have it; the control has no rounds.
    /// </summary>
    public static ImmutableArray<RungValue> Reports(RunState state, string figure)
    {
        if (figure == Of(Refinement.Names.Control))
        {
            return [];
        }

        var settings = RefinementRun.Read(state.Settings).Settings.Loop;
        var name = figure == Delta ? "delta" : "round.macroF1";
        var reports = ImmutableArray.CreateBuilder<RungValue>();
        for (var round = 1; round <= settings.Rounds; round++)
        {
            var steps = Enumerable.Range(1, settings.Loops).Select(loop => state.Completed(Refinement.Names.InLoop(loop, Refinement.Names.Validate(round)))).ToList();
            if (steps.Any(s => s is null))
            {
                break;
            }

            reports.Add(new RungValue(round, steps.Average(s => s!.Figures[name])));
        }

        return reports.ToImmutable();
    }
}
