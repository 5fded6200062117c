using System.CommandLine;
using Fer.Actors.Devices;
using Fer.Host.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Commands;

/// <summary><c>fer worker</c>: one slot in a process of its own, started by a run that wants it; not for people.</summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        var lane = new Option<string>("--lane") { Required = true };
        var device = new Option<string>("--device") { Required = true };
        var threads = new Option<int>("--threads") { Required = true };
        var command = new Command("worker", "Compute for a run of another process.") { lane, device, threads };
        command.Hidden = true;
        command.SetAction(async (result, _) =>
        {
            // What it prints reaches the log of the process that started it.
            using var logs = LoggerFactory.Create(l => l.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
            await WorkerHost.RunAsync(result.GetRequiredValue(lane), result.GetRequiredValue(device), result.GetRequiredValue(threads), logs).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>How this program starts itself as a worker.</summary>
    public static IEnumerable<string> SelfCommand() => [.. ProcessImage.Self, "worker"];
}
