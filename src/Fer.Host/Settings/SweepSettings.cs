using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Fer.Host.Settings;

/// <summary>What stands in <c>fer.sweep { … }</c> beside <c>space</c>.</summary>
public sealed record SweepSettings
{
    [Description("The configuration that all trials share: a file, from the sweep's own folder, or the name of one that comes with the program. What stands beside the block sweep changes it. Empty: the defaults.")]
    public string Base { get; init; } = "";

    [Description("Where to look next: grid (every point), random, sobol (evenly spread), or tpe (near what was good).")]
    [AllowedValues("grid", "random", "sobol", "tpe")]
    public string Sampler { get; init; } = "random";

    [Description("Seed of the sampler. Trials' own seed is a setting like any other, loop.seed.")]
    public long Seed { get; init; } = 1;

    public PrunerSettings Pruner { get; init; } = new();

    [Description("The figure to choose by, of validation B: validation.delta (refined minus control), validation.refined.macroF1 or validation.control.macroF1. Trials never read the test set.")]
    public string Objective { get; init; } = "validation.delta";

    [Description("Whether a good figure is a large or a small one.")]
    [AllowedValues("maximize", "minimize")]
    public string Direction { get; init; } = "maximize";

    [Description("So many trials at most; 0: no limit, for a grid only.")]
    [Range(0, 1_000_000)]
    public int Trials { get; init; }

    [Description("No trial is begun once slots were busy with the sweep for so many hours in all; 0: no limit.")]
    [Range(0.0, double.MaxValue)]
    public double DeviceHours { get; init; }

    [Description("So many trials at a time at most.")]
    [Range(1, 100_000)]
    public int Parallel { get; init; } = 4;

    [Description("Steps of sweeps and runs with a higher number go first.")]
    [Range(-100, 100)]
    public int Priority { get; init; }

    [Description("Weight of its user among users whose sweeps have the same priority.")]
    [Range(0.001, 1000.0)]
    public double Share { get; init; } = 1;

    [Description("How often a trial that failed is tried again, as a run of its own.")]
    [Range(0, 100)]
    public int Retries { get; init; } = 1;

    [Description("same: all trials compute on one kind of slot, so that they differ by their settings alone, and wait for it. any: each on what there is, so bits may differ between trials.")]
    [AllowedValues("same", "any")]
    public string Fingerprint { get; init; } = "same";

    [Description("Trials are on and none has come forward for so long: that is logged, and the webhook told.")]
    public TimeSpan StalledAfter { get; init; } = TimeSpan.FromMinutes(30);

    [Description("An address that is sent a JSON object when the sweep is done, a trial has failed, or nothing has moved for a while; empty: what the hosts have in the variable FER_SWEEP_WEBHOOK, where an address that is a secret belongs, since this one is stored with the sweep.")]
    public string Webhook { get; init; } = "";
}

/// <summary>Who is ended early (<c>fer.sweep.pruner</c>).</summary>
public sealed record PrunerSettings
{
    [Description("none; median (worse than most were after as many rounds); or halving (only the best of so many go on from rung to rung, the others wait their turn).")]
    [AllowedValues("none", "median", "halving")]
    public string Kind { get; init; } = "none";

    [Description("Rounds before a trial is first looked at.")]
    [Range(1, 1_000_000)]
    public int FirstRung { get; init; } = 1;

    [Description("halving: one of so many goes on, to so many times as many rounds.")]
    [Range(2, 100)]
    public int Factor { get; init; } = 3;

    [Description("median: so many trials must be over before one is pruned.")]
    [Range(1, 1_000_000)]
    public int StartUpTrials { get; init; } = 4;
}
