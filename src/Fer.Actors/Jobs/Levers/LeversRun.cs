using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fer.Actors.Jobs.Refinement;

namespace Fer.Actors.Jobs.Levers;

/// <summary>One set of settings that is walked through all loops: the base, or the base with one lever moved.</summary>
/// <param name="Name"><c>base</c>, or <c>KEY=VALUE</c>.</param>
/// <param name="Lever">Null for the base.</param>
/// <param name="Value">Its value.</param>
public sealed record LeverVariant(string Name, Lever? Lever, string Value, RefinementRun Run)
{
    /// <summary>The arms that are trained. Where a lever does not reach the control, the base's is its control, too.</summary>
    public ImmutableArray<string> Arms => Lever is null || Lever.OnControl ? [Names.Control, Names.Refined] : [Names.Refined];
}

/// <summary>
/// A screening run's settings in its journal. It holds what a <see cref="RefinementRun"/> holds, under the same names, so that whatever
/// shows a run's settings and classes reads both.
/// </summary>
/// <param name="Settings">As they were given.</param>
/// <param name="Classes">Class names, in label order.</param>
/// <param name="TrainCounts">Training faces by class, in label order, of the first loop.</param>
/// <param name="Levers">What is screened.</param>
public sealed record LeversRun(RefinementSettings Settings, ImmutableArray<string> Classes, ImmutableArray<int> TrainCounts, ImmutableArray<LeverChoice> Levers)
{
    /// <summary>Two loops have t = 12.7 at 95 %: nothing would ever be told apart.</summary>
    public const int FewestLoops = 3;

    /// <summary>The same of the second loop and those after it.</summary>
    public ImmutableArray<ImmutableArray<int>> MoreTrainCounts { get; init; } = [];

    /// <summary>Settings as they are screened: over enough loops, control and refined alone.</summary>
    [JsonIgnore]
    public RefinementSettings Screened => Of(Settings);

    /// <summary>The base, then every value of every lever, one at a time.</summary>
    [JsonIgnore]
    public ImmutableArray<LeverVariant> Variants =>
    [
        new(LeverNames.Base, null, "", RunWith(Screened)),
        .. Levers.SelectMany(choice =>
        {
            var lever = Lever.Find(choice.Key)!;
            return choice.Values.Select(value => new LeverVariant(LeverNames.Variant(lever.Key, value), lever, value, RunWith(lever.Set(Screened, value))));
        }),
    ];

    /// <summary>Settings as they are screened.</summary>
    public static RefinementSettings Of(RefinementSettings settings) =>
        settings with { Loop = settings.Loop with { Loops = Math.Max(FewestLoops, settings.Loop.Loops), Arms = "main" } };

    private RefinementRun RunWith(RefinementSettings settings) => new(settings, Classes, TrainCounts) { MoreTrainCounts = MoreTrainCounts };
}
