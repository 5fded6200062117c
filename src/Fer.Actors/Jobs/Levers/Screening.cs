using System.Collections.Immutable;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Evaluation;

namespace Fer.Actors.Jobs.Levers;

/// <summary>Macro F1 on validation B of one arm of one variant: loop by loop, seed by seed.</summary>
public delegate IReadOnlyList<IReadOnlyList<double>> ScreenedArm(string variant, string arm);

/// <summary>What a value of a lever is worth.</summary>
/// <param name="Refined">Refined with it less refined at the base.</param>
/// <param name="Control">Control with it less control at the base; null where it does not reach the control.</param>
/// <param name="Gain">Refined less control, both with it.</param>
public sealed record ScreenedValue(Lever Lever, string Value, LoopsVerdict Refined, LoopsVerdict? Control, LoopsVerdict Gain)
{
    public string Name => LeverNames.Variant(Lever.Key, Value);

    /// <summary>Of the mean over loops.</summary>
    public double StandardError => Screening.ErrorOf(Refined);
}

/// <summary>All values of all levers, measured in macro F1 on validation B, paired by loop and seed. Pure.</summary>
/// <param name="RefinedAtBase">Mean macro F1 of refined with the settings as given.</param>
/// <param name="ControlAtBase">The same of the control.</param>
/// <param name="GainAtBase">The one less the other.</param>
public sealed record Screening(double RefinedAtBase, double ControlAtBase, LoopsVerdict GainAtBase, int Seeds, ImmutableArray<ScreenedValue> Values)
{
    public static Screening Of(IEnumerable<LeverChoice> levers, ScreenedArm macroF1)
    {
        var (refined, control) = (macroF1(LeverNames.Base, Names.Refined), macroF1(LeverNames.Base, Names.Control));
        return new Screening(
            refined.Average(l => l.Average()), control.Average(l => l.Average()), Less(refined, control), refined[0].Count,
            [
                .. levers.SelectMany(choice => choice.Values.Select(value =>
                {
                    var lever = Lever.Find(choice.Key)!;
                    var name = LeverNames.Variant(lever.Key, value);
                    var (with, its) = (macroF1(name, Names.Refined), lever.OnControl ? macroF1(name, Names.Control) : control);
                    return new ScreenedValue(lever, value, Less(with, refined), lever.OnControl ? Less(its, control) : null, Less(with, its));
                })),
            ]);
    }

    public IEnumerable<(string Name, double Value)> Figures() =>
    [
        ("loops", GainAtBase.Deltas.Length), ("seeds", Seeds), ("base.refined.macroF1", RefinedAtBase), ("base.control.macroF1", ControlAtBase), .. Figures(LeverNames.Base, "gain", GainAtBase),
        .. Values.SelectMany(v => (IEnumerable<(string, double)>)
        [
            .. Figures(v.Name, Names.Refined, v.Refined),
            .. v.Refined.Deltas.Select((d, i) => (LeverNames.Figure(v.Name, Names.Refined, LeverNames.InLoop(i + 1)), d)),
            .. v.Control is { } control ? Figures(v.Name, Names.Control, control) : [],
            .. Figures(v.Name, "gain", v.Gain),
        ]),
    ];

    /// <summary>Of the mean over loops.</summary>
    internal static double ErrorOf(LoopsVerdict verdict) => verdict.LoopDeviation / Math.Sqrt(verdict.Deltas.Length);

    private static IEnumerable<(string Name, double Value)> Figures(string variant, string of, LoopsVerdict verdict) =>
    [
        (LeverNames.Figure(variant, of, "delta"), verdict.Delta), (LeverNames.Figure(variant, of, "low"), verdict.Low),
        (LeverNames.Figure(variant, of, "high"), verdict.High), (LeverNames.Figure(variant, of, "standardError"), ErrorOf(verdict)),
    ];

    // Each loop draws its validation faces anew: what is lucky about them moves the loops apart, so it is in their deviation already, and adding
    // an error of images would count it twice. A test set is the same for all loops, and there it has to be added. Where loops draw from few
    // faces (a given validation split, or all of them in use) they share some, and what is lucky about those is in no term: the page says so.
    private static LoopsVerdict Less(IReadOnlyList<IReadOnlyList<double>> with, IReadOnlyList<IReadOnlyList<double>> without) =>
        LoopsVerdict.Of([.. with.Zip(without, (w, o) => w.Zip(o, (a, b) => a - b).Average())], imageError: 0);
}
