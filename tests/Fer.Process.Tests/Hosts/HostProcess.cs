using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Fer.Process.Tests.Hosts;

/// <summary>A <c>fer host</c> in a process of its own: what it says, and what can happen to it.</summary>
internal sealed class HostProcess : IDisposable
{
    /// <summary>For anything that must happen, on a machine that has other work too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const int SigKill = 9;
    private const int SigSegv = 11;
    private const int SigContinue = 18;
    private const int SigStop = 19;
    private const int SigTerm = 15;

    private readonly System.Diagnostics.Process process;
    private readonly List<string> said = [];

    public HostProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        process = System.Diagnostics.Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Hear(e.Data);
        process.ErrorDataReceived += (_, e) => Hear(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => process.Id;

    public bool IsRunning => !process.HasExited;

    /// <summary>All it has said so far, warnings included.</summary>
    public string Said => string.Join('\n', Lines);

    /// <summary>How many lines it has said: a mark for <see cref="Says"/>.</summary>
    public int Now => Lines.Length;

    /// <summary>Waits until it says that, and gives the line.</summary>
    /// <param name="since">Only what it says after that mark counts.</param>
    public string Says(string text, int since = 0)
    {
        string? line = null;
        Wait.Until(() => (line = Lines.Skip(since).FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal))) is not null || process.HasExited, () => $"host {Name} to say '{text}'; it said:\n{Said}");

        // The last lines come after the end is known.
        process.WaitForExit(IsRunning ? 0 : -1);
        line ??= Lines.Skip(since).FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal));
        Assert.True(line is not null, $"Host {Name} ended with {(IsRunning ? "nothing" : process.ExitCode)} before it said '{text}':\n{Said}");
        return line;
    }

    /// <summary>Waits until it sees that host, whether or not it ever lost sight of it: the last it said of it counts.</summary>
    public void Sees(string other) => Wait.Until(
        () => Lines.LastOrDefault(l => l.EndsWith($" sees {other}", StringComparison.Ordinal))?.EndsWith($" {Name} sees {other}", StringComparison.Ordinal) is true,
        () => $"host {Name} to see {other}; it said:\n{Said}");

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Stands still as a whole (SIGSTOP), connections and all, until <see cref="Continue"/>.</summary>
    public void Stop() => Signal(SigStop);

    public void Continue() => Signal(SigContinue);

    /// <summary>SIGTERM, as a service manager ends it.</summary>
    public void Terminate() => Signal(SigTerm);

    /// <summary><c>fer host drain</c>, and waits until it knows.</summary>
    public void Drain(TestCluster cluster)
    {
        var (code, output, error) = cluster.Command(["host", "drain", Name, .. cluster.Cluster]);
        Assert.True(code == 0, error);
        Assert.Contains($"Host '{Name}' takes nothing new.", output);
        Says($"{Name} drains: takes nothing new");
    }

    /// <summary>Waits for its end.</summary>
    public int ExitCode()
    {
        Assert.True(process.WaitForExit(Patience), $"Host {Name} did not end:\n{Said}");
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The process that computes for it.</summary>
    public int Worker() => int.Parse(Path.GetFileName(Wait.For(() => Directory.EnumerateDirectories("/proc").FirstOrDefault(IsWorker), () => $"host {Name} to have a worker process")), CultureInfo.InvariantCulture);

    /// <summary>kill -9 of it.</summary>
    public void KillWorker() => Assert.Equal(0, Signal(Worker(), SigKill));

    /// <summary>It ends as a bad address in native code ends a process. The runtime looks at the first such signal itself.</summary>
    public void CrashWorker()
    {
        var worker = Worker();
        Wait.Until(() => Signal(worker, SigSegv) != 0 || !File.Exists($"/proc/{worker}/exe"), () => $"worker {worker} of host {Name} to crash");
    }

    public void Dispose()
    {
        if (IsRunning)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
    }

    private string[] Lines
    {
        get
        {
            lock (said)
            {
                return [.. said];
            }
        }
    }

    private void Hear(string? line)
    {
        if (line is not null)
        {
            lock (said)
            {
                said.Add(line);
            }
        }
    }

    private bool IsWorker(string process)
    {
        try
        {
            // "pid (comm) state parent …", and comm may hold anything.
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == Id.ToString(CultureInfo.InvariantCulture)
                && File.ReadAllText(Path.Combine(process, "cmdline")).Contains("fer.dll\0worker", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private void Signal(int signal) => Assert.Equal(0, Signal(Id, signal));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Signal(int process, int signal);
}
