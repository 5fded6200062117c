using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Fer.Actors.Hosting;
using Fer.Models.Native;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Devices;

/// <summary>A worker process: one slot, one device, the same actor and messages as a slot on a thread.</summary>
public static class WorkerHost
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <remarks>The first line of the standard input is the <see cref="WorkerLink"/>.</remarks>
    /// <param name="lane">Address of the lane that started this process.</param>
    /// <param name="device">As this process sees it: <c>cuda:0</c> or <c>cpu:0</c>.</param>
    /// <returns>Only when the starting process is gone: its end of the standard input closes with it, however it ends.</returns>
    public static async Task RunAsync(string lane, string device, int threads, ILoggerFactory logs)
    {
        using var input = Console.OpenStandardInput();
        using var link = WorkerLink.Parse(LineOf(input));
        NativeLibraries.Register();
        var parts = device.Split(':');
        var slot = new DeviceName(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        if (slot.IsCuda)
        {
            CudaDeterminism.Enforce(sentence => logs.CreateLogger(typeof(WorkerHost)).LogWarning("{Sentence}", sentence));
        }

        using var system = ActorSystem.Create("fer-worker", BootstrapSetup.Create().WithConfig(ActorConfig.ForWorker(slot)).And(new LogSetup(logs)).And(link.Tls));
        var pulse = new PulseCounter();
        var worker = system.ActorOf(DeviceWorker.Props(slot.Torch, threads, pulse, ActorConfig.Dispatcher(slot)), "worker");
        var home = system.ActorSelection(lane);
        home.Tell(new WorkerReady(device, Environment.ProcessId), worker);

        // From a thread that does not compute: the count stands still when the compute thread does.
        system.Scheduler.ScheduleTellRepeatedly(Beat, Beat, home, () => new Pulse(device, pulse.Count));
        await Task.Run(() => LastOf(input)).ConfigureAwait(false);
        Environment.Exit(0);
    }

    // Byte by byte: nothing of what comes after the line may be swallowed by a reader.
    private static string LineOf(Stream input)
    {
        var line = new StringBuilder();
        for (var next = input.ReadByte(); next >= 0 && next != '\n'; next = input.ReadByte())
        {
            line.Append((char)next);
        }

        return line.ToString().TrimEnd();
    }

    private static void LastOf(Stream input)
    {
        while (input.ReadByte() >= 0)
        {
        }
    }

    private static void ScheduleTellRepeatedly(this IScheduler scheduler, TimeSpan delay, TimeSpan every, ActorSelection to, Func<object> message) =>
        scheduler.Advanced.ScheduleRepeatedly(delay, every, () => to.Tell(message()));
}
