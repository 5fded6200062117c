using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
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
        var result = GoOn(id);
        var different = result.Split('\n').Except(expected.Split('\n')).Take(5);
        Assert.True(result == expected, $"The run '{id}' ended otherwise than one never disturbed, first in:\n{string.Join('\n', different)}");
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

    /// <summary>
    /// All that a run's result is, a line each: figures and decisions of the run, figures and files of every step; of each file the
    /// hash that the journal names and the one that its bytes on the disk have now.
    /// </summary>
    public string Result(string id)
    {
        var folder = Folder(id);
        var state = RunReader.Read(folder, new JournalSettings())!;
        Assert.Equal(RunStatus.Completed, state.Status);
        var store = new ArtifactStore(folder.Artifacts);
        return string.Join('\n',
        [
            .. state.Figures.Select(f => $"{f.Key}={Exact(f.Value)}"),
            .. state.Decisions.Select(d => $"{d.Key}: {d.Value.Answer}, {d.Value.Because}"),
            .. state.Steps.SelectMany(s => s.Value.Figures.Select(f => $"{s.Key}: {f.Key}={Exact(f.Value)}")),
            .. state.Steps.SelectMany(s => s.Value.Files.Select(f => $"{s.Key}/{f.Key}={f.Value}, on disk {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(store.PathOf(f.Value))))}")),
        ]);
    }

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

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
