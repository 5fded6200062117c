using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fer.Models;

namespace Fer.Actors.Hosting;

/// <summary>How a run is carried out: where, how often it is saved, what supervision tries. Only devices, threads and precision touch results, through the fingerprint.</summary>
public sealed record EngineSettings
{
    [Description("Slots to compute on: [auto], or names such as [cuda:0, cuda:1], [\"cuda:GPU-5c89852c\"] (a UUID or its beginning, of a MIG slice too) or [cpu:0, cpu:1]. Numbers count within CUDA_VISIBLE_DEVICES where that is given. auto takes every GPU, else one CPU slot a core.")]
    public ImmutableArray<string> Devices { get; init; } = ["auto"];

    [Description("Threads of one CPU slot. Part of the fingerprint: another number gives other bits.")]
    [Range(1, 256)]
    public int ThreadsPerSlot { get; init; } = 1;

    [Description("Width of numbers in convolutions: auto takes bf16 on a processor with AMX, else fp32.")]
    [AllowedValues("auto", "fp32", "bf16")]
    public string Precision { get; init; } = "auto";

    [Description("Where slots live: auto gives each GPU a process of its own and CPU slots a thread; process gives every slot a process.")]
    [AllowedValues("auto", "thread", "process")]
    public string Workers { get; init; } = "auto";

    [Description("Time between checkpoints of a step; never less than 50 times what one takes.")]
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(30);

    [Description("Units of a step between checkpoints, beside the time; 0: time alone.")]
    [Range(0, int.MaxValue)]
    public int CheckpointSteps { get; init; }

    [Description("A worker whose compute thread has not moved for so long is ended and started again.")]
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(10);

    [Description("How often a step may go back with a lower learning rate after a loss that is not finite.")]
    [Range(0, 20)]
    public int MaxRollbacks { get; init; } = 3;

    [Description("A step goes back to a multiple of so many units, so that where it goes back does not depend on time.")]
    [Range(1, 1_000_000)]
    public int RollbackUnits { get; init; } = 50;

    [Description("How often a step is tried again after a fault of files, memory or a worker before the run pauses.")]
    [Range(0, 100)]
    public int MaxRetries { get; init; } = 3;

    [Description("Wait before the first such try, or before the journal is tried again after it failed; doubles with each.")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Refuses what cannot work, with a <see cref="BadInputException"/> that names the key.</summary>
    public void Check()
    {
        if (StallTimeout < TimeSpan.FromSeconds(1))
        {
            throw new BadInputException("fer.stall-timeout is under 1s: a worker is looked at once a second, so every one would be ended.");
        }
    }
}

/// <summary>Where the journal is.</summary>
public sealed record JournalSettings
{
    [Description("sqlite keeps a file in the run's folder, or one for all runs of a single host in its store; postgres needs a connection string, and lets several hosts work together.")]
    [AllowedValues("sqlite", "postgres")]
    public string Provider { get; init; } = "sqlite";

    [Description("Npgsql connection string for postgres. Never printed.")]
    public string ConnectionString { get; init; } = "";
}
