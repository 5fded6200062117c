using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Hosting;

namespace Fer.Actors.Devices;

/// <summary>
/// Keeps a worker in a process of its own, which may crash, hang or lose its GPU without taking anything else along. A
/// GPU's process sees that GPU alone.
/// </summary>
internal sealed class ProcessLane : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>From the start of a process to its first word; a GPU's libraries alone may take half a minute.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(3);

    /// <summary>After so many processes in a row that never said a word, the slot counts as down.</summary>
    private const int EndsUntilDown = 4;

    private readonly DeviceName device;
    private readonly int threads;
    private readonly TimeSpan firstWait;
    private readonly WorkerLink link;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private Process? process;
    private string? endedBecause;
    private int quickEnds;

    /// <param name="firstWait">Before a worker that ended is started again; doubles while none comes up.</param>
    /// <param name="link">How the worker shows that it is this lane's.</param>
    public ProcessLane(DeviceName device, int threads, TimeSpan firstWait, WorkerLink link)
    {
        this.link = link;
        this.firstWait = firstWait;
        this.device = device;
        this.threads = threads;
        Receive<WorkerReady>(OnReady);
        Receive<Pulse>(p => Context.Parent.Tell(new LanePulse(device.ToString(), p.Count)));
        Receive<AskPulse>(_ => { });
        Receive<EndWorker>(OnEnd);
        Receive<Exited>(OnExited);
        Receive<StartAgain>(_ => Start());
        Start();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        var last = process;
        process = null;
        Kill(last);
    }

    private void Start()
    {
        var address = ((ExtendedActorSystem)Context.System).Provider.DefaultAddress;
        var start = new ProcessStartInfo(RunEngine.WorkerCommand[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = [.. RunEngine.WorkerCommand.Skip(1), "--lane", Self.Path.ToStringWithAddress(address), "--device", InsideName, "--threads", threads.ToString(CultureInfo.InvariantCulture)];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Read when their libraries load, so they must stand before the process starts.
        start.Environment["OMP_WAIT_POLICY"] = "passive";
        start.Environment["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8";
        if (device.IsCuda)
        {
            // Numbers count by bus id, as they do where the fingerprint names the model.
            start.Environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
            start.Environment["CUDA_VISIBLE_DEVICES"] = VisibleDevice(Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), device);
        }

        var self = Self;
        var started = new Process { StartInfo = start, EnableRaisingEvents = true };
        started.Exited += (_, _) => self.Tell(new Exited(started.Id, started.ExitCode));
        started.OutputDataReceived += (_, line) => Said(line.Data);
        started.ErrorDataReceived += (_, line) => Said(line.Data);
        try
        {
            started.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            started.Dispose();
            Ended($"{RunEngine.WorkerCommand[0]} cannot be started: {e.Message}");
            return;
        }

        process = started;
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        HandOver(started);
        Timers.StartSingleTimer(nameof(LongestStart), new EndWorker($"it has not come up in {LongestStart.TotalMinutes:0} minutes"), LongestStart);
    }

    private void HandOver(Process started)
    {
        try
        {
            started.StandardInput.WriteLine(link.Line);
            started.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended already, and is about to be told of.
        }
    }

    private string InsideName => device.IsCuda ? "cuda:0" : "cpu:0";

    /// <summary>What CUDA_VISIBLE_DEVICES must be for a process to see this GPU alone: its UUID, else its entry in a given one, else its number.</summary>
    internal static string VisibleDevice(string? given, DeviceName gpu) =>
        gpu.Uuid.Length > 0 ? gpu.Uuid
        : string.IsNullOrEmpty(given) ? gpu.Index.ToString(CultureInfo.InvariantCulture)
        : given.Split(',')[gpu.Index].Trim();

    private void OnReady(WorkerReady ready)
    {
        if (ready.ProcessId == process?.Id)
        {
            quickEnds = 0;
            Timers.Cancel(nameof(LongestStart));
            Context.Parent.Tell(new LaneReady(device.ToString(), Sender, ready.ProcessId));
        }
    }

    private void OnEnd(EndWorker end)
    {
        endedBecause = end.Reason;
        Kill(process);
    }

    private void OnExited(Exited exited)
    {
        if (exited.ProcessId != process?.Id)
        {
            return;
        }

        process.Dispose();
        process = null;
        Timers.Cancel(nameof(LongestStart));
        Ended(endedBecause ?? string.Create(CultureInfo.InvariantCulture, $"its process ended with code {exited.Code}"));
    }

    private void Ended(string reason)
    {
        endedBecause = null;
        log.Warning("Worker of {Device} has ended: {Reason}; another is started", device.ToString(), reason);
        Context.Parent.Tell(new LaneLost(device.ToString(), reason));
        if (quickEnds + 1 >= EndsUntilDown)
        {
            Context.Parent.Tell(new LaneDown(device.ToString(), reason));
        }

        var wait = firstWait * Math.Pow(2, Math.Min(quickEnds++, 5));
        Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, wait < LongestWait ? wait : LongestWait);
    }

    private void Said(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            log.Info("Worker of {Device} says: {Line}", device.ToString(), line);
        }
    }

    private static void Kill(Process? process)
    {
        try
        {
            process?.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself in between.
        }
    }

    private sealed record Exited(int ProcessId, int Code);

    private sealed class StartAgain
    {
        public static readonly StartAgain Instance = new();
    }
}
