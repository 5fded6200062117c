using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Engine;

/// <summary>
/// The chain job as processes beside the tests know it: under one name, and told by the environment where to stand still.
/// </summary>
internal static class BesideJob
{
    public const string Name = "beside";

    /// <summary>Where a chain stands still until this file exists: <c>left:23:/path/of/file</c>.</summary>
    public const string WaitVariable = "FER_TESTS_WAIT";

    /// <summary>This very program, as a worker.</summary>
    public static ImmutableArray<string> WorkerCommand { get; } = [Environment.ProcessPath!, "worker"];

    public static EngineSettings Engine { get; } = new()
    {
        Workers = "process",
        Devices = ["cpu:0"],
        CheckpointSteps = 10,
        RollbackUnits = 5,
        RetryDelay = TimeSpan.FromMilliseconds(10),
    };

    public static ChainJob FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable(WaitVariable)?.Split(':', 3) is not [var step, var position, var file])
        {
            return new ChainJob(Name, _ => { });
        }

        return new ChainJob(Name, work =>
        {
            while (work.Step == step && work.Position == long.Parse(position) && !File.Exists(file))
            {
                Thread.Sleep(10);
            }
        });
    }

    public static Task<RunOutcome> GoOn(RunFolder folder, string? settings = null, IRunObserver? observer = null, EngineSettings? engine = null)
    {
        JobRegistry.Add(FromEnvironment());
        var request = new RunRequest(folder, engine ?? Engine, new JournalSettings())
        {
            New = new NewRun(Name, settings ?? "40", ImmutableSortedDictionary<string, string>.Empty),
        };
        return RunEngine.RunAsync(request, observer ?? new Nobody(), NullLoggerFactory.Instance, CancellationToken.None);
    }

    /// <summary>This program in a process of its own.</summary>
    public static Process Start(string? wait, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[WaitVariable] = wait;
        return Process.Start(start)!;
    }

    private sealed class Nobody : IRunObserver
    {
        public void OnEvent(IRunEvent e, RunState state)
        {
        }

        public void OnLive(LiveStep step)
        {
        }
    }
}
