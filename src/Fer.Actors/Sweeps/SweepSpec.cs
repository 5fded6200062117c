using System.Collections.Immutable;
using Fer.Actors.Sweeps.Search;

namespace Fer.Actors.Sweeps;

/// <summary>What a sweep is: all of it decides which trials there are, or when they may run.</summary>
public sealed record SweepSpec
{
    /// <summary>The settings that all trials share, as HOCON without secrets.</summary>
    public required string Base { get; init; }

    /// <summary>Where it was read from, for people.</summary>
    public string Source { get; init; } = "";

    public required SearchSpace Space { get; init; }

    /// <summary><c>grid</c>, <c>random</c>, <c>sobol</c> or <c>tpe</c>.</summary>
    public string Sampler { get; init; } = "random";

    /// <summary>Of sampler and scrambling; trials' own seeds are settings like any other.</summary>
    public long Seed { get; init; } = 1;

    public PrunerSpec Pruner { get; init; } = new();

    /// <summary>A figure of a trial's result.</summary>
    public required string Objective { get; init; }

    public bool Minimize { get; init; }

    /// <summary>So many trials at most; a grid ends by itself.</summary>
    public int? Trials { get; init; }

    /// <summary>No trial is planned when slots were busy for so long with the sweep; 0: no limit.</summary>
    public double DeviceHours { get; init; }

    /// <summary>So many trials at a time at most.</summary>
    public int Parallel { get; init; } = 4;

    public int Priority { get; init; }

    /// <summary>Whose it is; users share slots by weight.</summary>
    public string User { get; init; } = "";

    public double Share { get; init; } = 1;

    /// <summary>How often a trial that fails is tried again.</summary>
    public int Retries { get; init; } = 1;

    /// <summary>Whether all trials keep to one kind of slot (<c>same</c>), so that their figures differ by their settings alone, or each takes what there is (<c>any</c>).</summary>
    public string Fingerprint { get; init; } = "same";

    /// <summary>Address that is told of the end, of failures and of standstill; empty: none.</summary>
    public string Webhook { get; init; } = "";

    /// <summary>Somebody is told when trials are on and none has come forward for so long.</summary>
    public TimeSpan StalledAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Frozen inputs by the values of those axes that decide data (<see cref="DataKey"/>).</summary>
    public required ImmutableSortedDictionary<string, TrialData> Data { get; init; }

    /// <summary>Which data a trial's values ask for.</summary>
    public static string DataKey(ImmutableSortedDictionary<string, string> values) => string.Join(';', values.Where(v => DecidesData(v.Key)).Select(v => $"{v.Key}={v.Value}"));

    public static bool DecidesData(string key) => key.StartsWith("data.", StringComparison.Ordinal) || key == "loop.loops";
}

/// <summary>What a trial starts from: what only the reading of the faces can tell.</summary>
/// <param name="Settings">A run's settings (JSON) with those faces, of which a trial takes the counts.</param>
/// <param name="Inputs">Role → SHA-256 in the hosts' store.</param>
public sealed record TrialData(string Settings, ImmutableSortedDictionary<string, string> Inputs);

/// <param name="Kind"><c>none</c>, <c>median</c> or <c>halving</c>.</param>
public sealed record PrunerSpec(string Kind = "none")
{
    /// <summary>The first rung that is looked at.</summary>
    public int FirstRung { get; init; } = 1;

    /// <summary>halving: one of so many goes on, and the next rung is so many times as far.</summary>
    public int Factor { get; init; } = 3;

    /// <summary>median: so many trials must have ended before any is pruned.</summary>
    public int StartUpTrials { get; init; } = 4;
}
