using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Jobs.Refinement;
using Fer.Models;
using Fer.Models.Evaluation;

namespace Fer.Actors.Jobs.Levers;

/// <summary>From which step on a lever makes a loop another one.</summary>
public enum LeverReach
{
    /// <summary>All of it, real faces' classifiers included.</summary>
    Everything,

    /// <summary>The generator, and all that comes of its images.</summary>
    Generator,

    /// <summary>The filter, and all that comes of what it keeps.</summary>
    Filter,

    /// <summary>The classifiers that are trained on kept images.</summary>
    Retraining,
}

/// <summary>A setting of the loop that may be worth something, and the values it is tried with.</summary>
/// <param name="Key">Its key in a configuration, without <c>fer.</c> in front.</param>
/// <param name="Values">Tried unless others are asked for.</param>
/// <param name="Reach">What it changes.</param>
/// <param name="Get">Its value in settings, as a configuration writes it.</param>
/// <param name="Set">Settings with another value.</param>
public sealed record Lever(string Key, ImmutableArray<string> Values, LeverReach Reach, Func<RefinementSettings, string> Get, Func<RefinementSettings, string, RefinementSettings> Set)
{
    /// <summary>Whether it changes how the control is trained, too: then it is measured there as well.</summary>
    public bool OnControl => Reach == LeverReach.Everything;

    /// <summary>Whether it is screened where nobody says which levers are.</summary>
    public bool IsUsual { get; init; } = true;

    /// <summary>What it needs beside it to change anything, as the end of a sentence; null: nothing, or all that is there.</summary>
    public Func<RefinementSettings, string?> Lacks { get; init; } = _ => null;

    /// <summary>Settings that move along with it, without which another value would cost more or less than the base.</summary>
    public Func<RefinementSettings, IEnumerable<(string Key, string Value)>> Along { get; init; } = _ => [];

    /// <summary>Why a value cannot be tried on these settings, as the end of a sentence; null: it can.</summary>
    public string? Problem(RefinementSettings settings, string value)
    {
        var after = Set(settings, value);
        return Lacks(after) ?? Contradiction(after);
    }

    /// <summary>What in these settings contradicts itself; null: nothing.</summary>
    private static string? Contradiction(RefinementSettings settings)
    {
        try
        {
            settings.Check();
            settings.Filter.Check();
            settings.Gan.Check();
            return null;
        }
        catch (BadInputException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>Every lever there is, in the order of tables.</summary>
    public static ImmutableArray<Lever> All { get; } =
    [
        Loop("loop.labels", ["hard", "soft"], LeverReach.Retraining, l => l.Labels, (l, v) => l with { Labels = v }),
        Loop("loop.synthetic-weight", ["0.3", "1"], LeverReach.Retraining, l => Text(l.SyntheticWeight), (l, v) => l with { SyntheticWeight = Number(v) }),
        Loop("loop.synthetic-share", ["0", "0.25", "0.5"], LeverReach.Retraining, l => Text(l.SyntheticShare), (l, v) => l with { SyntheticShare = Number(v) }),
        Loop("loop.sampling", ["natural", "balanced"], LeverReach.Retraining, l => l.Sampling, (l, v) => l with { Sampling = v }),
        Loop("loop.real-tail", ["0", "0.3"], LeverReach.Retraining, l => Text(l.RealTail), (l, v) => l with { RealTail = Number(v) }),
        new("classifier.mixup", ["0", "0.2"], LeverReach.Everything, s => Text(s.Classifier.Mixup), (s, v) => s with { Classifier = s.Classifier with { Mixup = Number(v) } }),
        Filter("filter.rule", [FilterSettings.Everything, FilterSettings.RightClass, FilterSettings.Band, FilterSettings.ByQuantile], f => f.Rule, (f, v) => f with { Rule = v }),
        Filter("filter.quantile", ["0.1", "0.3", "0.5"], f => Text(f.Quantile), (f, v) => f with { Quantile = Number(v) }) with
        {
            Lacks = s => s.Filter.Rule == FilterSettings.ByQuantile ? null : "needs filter.rule = quantile",
        },
        Filter("filter.allocate", [FilterSettings.ByTarget, FilterSettings.ByNeed], f => f.Allocate, (f, v) => f with { Allocate = v }),
        Filter("filter.pool", ["1", "3"], f => Text(f.Pool), (f, v) => f with { Pool = Whole(v) }),
        Filter("filter.near-copy", ["pixels", FilterSettings.AndFeatures], f => f.NearCopy, (f, v) => f with { NearCopy = v }) with
        {
            Lacks = s => s.Filter.Rule != FilterSettings.Everything ? null : "needs a filter.rule other than none",
        },
        Filter("filter.teacher", ["real-only", "latest"], f => f.Teacher, (f, v) => f with { Teacher = v }) with { Lacks = SecondRound },
        Filter("filter.realism", ["off", FilterSettings.Reject], f => f.Realism, (f, v) => f with { Realism = v }) with { Lacks = Pool },
        Filter("filter.diversity", ["round", FilterSettings.AllRounds], f => f.Diversity, (f, v) => f with { Diversity = v }) with { Lacks = s => Pool(s) ?? SecondRound(s) },
        Filter("filter.fresh", ["off", "on"], f => f.Fresh, (f, v) => f with { Fresh = v }) with { Lacks = Pool },
        Gan("gan.instances", ["1", "0.75"], s => Text(s.Gan.Instances), (s, v) => s with { Gan = s.Gan with { Instances = Number(v) } }),
        new("gan.psi", ["0.7", "1", "1.15"], LeverReach.Filter, s => Text(s.Gan.Psi), (s, v) => s with { Gan = s.Gan with { Psi = Number(v) } }),
        Gan("gan.feedback", ["0", "0.25", "all"], s => s.Gan.Feedback, (s, v) => s with { Gan = s.Gan with { Feedback = v } }) with { Lacks = SecondRound },
        Gan("gan.feedback-stop", ["0", "0.1"], s => Text(s.Gan.FeedbackStop), (s, v) => s with { Gan = s.Gan with { FeedbackStop = Number(v) } }) with
        {
            IsUsual = false,
            Lacks = s => s.Gan.Feedback == "0" ? "needs gan.feedback other than 0" : s.Loop.Rounds > 2 ? null : "needs loop.rounds of 3 or more",
        },
        Gan("loop.rounds", ["1", "2"], s => Text(s.Loop.Rounds), WithRounds) with
        {
            Along = s => [("gan.steps-per-round", Text(s.Gan.StepsPerRound))],
        },
        Gan("gan.warm-up", ["off", "moments"], s => s.Gan.WarmUp, (s, v) => s with { Gan = s.Gan with { WarmUp = v } }) with { IsUsual = false },
        Gan("gan.balance", ["true", "false"], s => s.Gan.Balance ? "true" : "false", (s, v) => s with { Gan = s.Gan with { Balance = v == "true" } }) with { IsUsual = false },
        Gan("gan.average", ["0", "0.995", "0.999"], s => Text(s.Gan.Average), (s, v) => s with { Gan = s.Gan with { Average = Number(v) } }) with { IsUsual = false },
    ];

    /// <summary>The lever of this key; null where there is none.</summary>
    public static Lever? Find(string key) => All.FirstOrDefault(l => l.Key == key);

    private static Lever Loop(string key, ImmutableArray<string> values, LeverReach reach, Func<LoopSettings, string> get, Func<LoopSettings, string, LoopSettings> set) =>
        new(key, values, reach, s => get(s.Loop), (s, v) => s with { Loop = set(s.Loop, v) });

    private static Lever Filter(string key, ImmutableArray<string> values, Func<FilterSettings, string> get, Func<FilterSettings, string, FilterSettings> set) =>
        new(key, values, LeverReach.Filter, s => get(s.Filter), (s, v) => s with { Filter = set(s.Filter, v) });

    private static Lever Gan(string key, ImmutableArray<string> values, Func<RefinementSettings, string> get, Func<RefinementSettings, string, RefinementSettings> set) =>
        new(key, values, LeverReach.Generator, get, set);

    // Before anything was kept there is nothing to feed back, and the latest classifier is the one of real faces alone.
    private static string? SecondRound(RefinementSettings settings) => settings.Loop.Rounds > 1 ? null : "needs loop.rounds of 2 or more";

    private static string? Pool(RefinementSettings settings) => settings.Filter.Pool > 1 ? null : "needs filter.pool of 2 or more";

    // More rounds at equal cost: as many generator steps in all as the base has.
    private static RefinementSettings WithRounds(RefinementSettings settings, string value)
    {
        var rounds = Whole(value);
        var steps = Math.Max(1, (int)Math.Round((double)settings.Gan.StepsPerRound * settings.Loop.Rounds / rounds));
        return settings with { Loop = settings.Loop with { Rounds = rounds }, Gan = settings.Gan with { StepsPerRound = steps } };
    }

    private static double Number(string value) => double.Parse(value, CultureInfo.InvariantCulture);

    private static int Whole(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
