using System.Collections.Immutable;
using Fer.Actors.Sweeps.Search;

namespace Fer.Actors.Tests.Sweeps.Search;

/// <summary>Short words for axes, spaces and trials.</summary>
internal static class Spaces
{
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> Always { get; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public static SearchSpace Of(params Axis[] axes) => new([.. axes]);

    public static ChoiceAxis Choice(string key, params string[] values) => new(key, Always, [.. values]);

    public static RealAxis Real(string key, double low, double high, bool isLog = false, int? points = null) => new(key, Always, low, high, isLog, points);

    public static IntegerAxis Integer(string key, long low, long high, long step = 1) => new(key, Always, low, high, step);

    public static IntegerAxis LogInteger(string key, long low, long high, int? points = null) => Integer(key, low, high) with { IsLog = true, Points = points };

    public static Axis If(this Axis axis, string key, params string[] values) => axis with { When = axis.When.SetItem(key, [.. values]) };

    public static PastTrial Trial(int number, TrialStatus status, params double[] reports) =>
        new(number, ImmutableSortedDictionary<string, string>.Empty, status, [.. reports.Select((v, i) => new RungValue(i + 1, v))], status == TrialStatus.Completed ? reports[^1] : null);

    public static string Text(this ImmutableSortedDictionary<string, string>? values) => values is null ? "none" : string.Join(' ', values.Select(v => $"{v.Key}={v.Value}"));

    /// <summary>Plans and completes trials one after another.</summary>
    public static ImmutableArray<PastTrial> Search(this ISampler sampler, SearchSpace space, long seed, int trials, Func<ImmutableSortedDictionary<string, string>, double> objective)
    {
        var past = ImmutableArray<PastTrial>.Empty;
        for (var number = 1; number <= trials && sampler.Next(space, seed, number, past) is { } values; number++)
        {
            past = past.Add(new PastTrial(number, values, TrialStatus.Completed, [], objective(values)));
        }

        return past;
    }

    public static double Number(this ImmutableSortedDictionary<string, string> values, string key) => double.Parse(values[key]);
}
