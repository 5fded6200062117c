using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>Runs of hocon/kill.conf in a folder of their own: how they are started, and what they end with.</summary>
internal sealed class KillRuns(params ImmutableArray<string> options) : IDisposable
{
    /// <summary>A variable by which the processes of these runs, and those that they start, are known.</summary>
    private const string Mark = "KILL_RUNS";

    private readonly string runs = FerProcess.NewRuns();

    public RunFolder Folder(string id) => new(runs, id);

    public string[] Arguments(string id) => ["run", FerProcess.Config("kill.conf"), "--runs", runs, "--run-id", id, .. options];

    public System.Diagnostics.ProcessStartInfo Start(string id)
    {
        var start = FerProcess.Start("dotnet", [FerProcess.Dll, .. Arguments(id)]);
        start.Environment[Mark] = runs;
        return start;
    }

    /// <summary>Lets a run go on to its end, undisturbed, and gives its <see cref="Result"/>.</summary>
    public string GoOn(string id)
    {
        var (code, output, error) = FerProcess.Run(Start(id));
        Assert.True(code == 0, $"The run ended with {code}:\n{output}\n{error}");
        return Result(id);
    }

    /// <summary>Lets a run go on to its end, which must be the expected one.</summary>
    public void GoOn(string id, string expected)
    {
        RunResult.AreEqual(expected, GoOn(id), id);
    }

    /// <summary>Starts the run and kills it after that time. False: it had ended before.</summary>
    public bool KillAfter(string id, TimeSpan time)
    {
        using var process = System.Diagnostics.Process.Start(Start(id))!;
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        if (process.WaitForExit(time))
        {
            return false;
        }

        // It may have ended in between.
        process.Kill();
        process.WaitForExit();
        return process.ExitCode != 0;
    }

    /// <summary>How many processes of these runs there are, worker processes included. Linux only.</summary>
    public int CountProcesses() => Directory.EnumerateDirectories("/proc").Count(p => EnvironmentOf(p).Contains($"{Mark}={runs}\0", StringComparison.Ordinal));

    /// <inheritdoc cref="RunResult"/>
    public string Result(string id) => RunResult.Of(Folder(id), new JournalSettings());

    public void Dispose() => Directory.Delete(runs, recursive: true);

    private static string EnvironmentOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No process, one that has just ended, or another user's.
            return "";
        }
    }
}
