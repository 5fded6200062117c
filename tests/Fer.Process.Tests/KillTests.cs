using System.Globalization;
using System.Text.Json.Nodes;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>The promise: killed at any moment and started again, a run ends with the same bytes.</summary>
public sealed class KillTests
{
    private const string Id = "killed";

    /// <summary>Kills at chosen calls; each costs a start of the program.</summary>
    private static readonly int ChosenKills = int.Parse(Environment.GetEnvironmentVariable("FER_KILLS") ?? "60", CultureInfo.InvariantCulture);

    private const int RandomKills = 10;

    [Fact]
    public void Killed_before_and_after_every_kind_of_write_in_every_kind_of_step_the_run_ends_with_the_same_bytes()
    {
        if (!OperatingSystem.IsLinux() || !CanTrace())
        {
            Assert.Skip("strace is missing: apt-get install strace");
        }

        var runs = FerProcess.NewRuns();
        try
        {
            var expected = Undisturbed(runs);
            var hit = new HashSet<(string Step, string Write, bool After)>();
            var kills = 0;
            for (var chain = 0; kills < ChosenKills; chain++)
            {
                var id = $"{Id}-{chain}";
                var folder = new RunFolder(runs, id);
                var arguments = Arguments(runs, id);

                // Each incarnation is killed a few to some thirty calls further on, so a chain passes through the whole run.
                for (var kill = 0; kills < ChosenKills; kill++)
                {
                    var after = (kill + chain) % 2 == 1;
                    var killAt = 3 + (kill * 7 + chain * 5) % 31;
                    if (TracedRun.KillAt(arguments, folder.Path, killAt, after) is not { } call)
                    {
                        break;
                    }

                    kills++;
                    hit.Add((StepAt(folder), call.Kind, after));
                }

                GoOn(runs, id);
                Assert.Equal(expected, Fingerprint(runs, id));
            }

            var writes = hit.Select(h => h.Write).Distinct().Order();
            TestContext.Current.SendDiagnosticMessage($"{kills} kills at {hit.Count} different points: {string.Join(", ", hit.Select(h => $"{h.Step} {(h.After ? "after" : "before")} {h.Write}").Order())}");
            if (ChosenKills < 60)
            {
                Assert.Skip($"only {kills} kills: at {string.Join(", ", hit)}");
            }

            Assert.Equal(["content", "folder", "journal", "rename", "retire"], writes);
            Assert.Superset(new HashSet<string> { "classifier", "gan", "sample" }, hit.Select(h => h.Step).ToHashSet());
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    [Fact]
    public void Killed_at_random_moments_the_run_ends_with_the_same_bytes()
    {
        var runs = FerProcess.NewRuns();
        try
        {
            var started = System.Diagnostics.Stopwatch.StartNew();
            var expected = Undisturbed(runs);
            var whole = started.Elapsed;
            var dice = new Random(20);
            var kills = 0;
            for (var chain = 0; kills < RandomKills; chain++)
            {
                var id = $"{Id}-{chain}";
                for (var ended = false; !ended && kills < RandomKills;)
                {
                    using var process = System.Diagnostics.Process.Start(FerProcess.Start("dotnet", [FerProcess.Dll, .. Arguments(runs, id)]))!;
                    _ = process.StandardOutput.ReadToEndAsync();
                    _ = process.StandardError.ReadToEndAsync();
                    ended = process.WaitForExit(whole * dice.NextDouble());
                    if (!ended)
                    {
                        process.Kill();
                        process.WaitForExit();
                        kills++;
                    }
                }

                GoOn(runs, id);
                Assert.Equal(expected, Fingerprint(runs, id));
            }
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static string Undisturbed(string runs)
    {
        GoOn(runs, "undisturbed");
        return Fingerprint(runs, "undisturbed");
    }

    private static string[] Arguments(string runs, string id) => ["run", FerProcess.Config("kill.conf"), "--runs", runs, "--run-id", id];

    private static void GoOn(string runs, string id)
    {
        var (code, output, error) = FerProcess.Run(Arguments(runs, id));
        Assert.True(code == 0, $"The run ended with {code}:\n{output}\n{error}");
    }

    /// <summary>All that a run's result is: final weights, figures, kept images, and every file of every step.</summary>
    private static string Fingerprint(string runs, string id)
    {
        var status = FerProcess.Status(runs, id);
        Assert.Equal("completed", (string?)status["state"]);
        foreach (var changing in new[] { "runId", "restarts" })
        {
            status.Remove(changing);
        }

        var state = RunReader.Read(new RunFolder(runs, id), new JournalSettings())!;
        var files = state.Steps.SelectMany(s => s.Value.Files.Select(f => $"{s.Key}/{f.Key}={f.Value}"));
        return string.Join('\n', [Result(status), .. files]);
    }

    // What says when or how long is left out; everything else must be equal.
    private static string Result(JsonObject status) => string.Join('\n', new[] { "arms", "final", "kept", "round", "state" }.Select(k => $"{k}={status[k]?.ToJsonString()}"));

    /// <summary>Which kind of step was under way when the process died.</summary>
    private static string StepAt(RunFolder folder)
    {
        var state = RunReader.Read(folder, new JournalSettings());
        var open = state?.Steps.Values.Where(s => s.Status != StepStatus.Completed).Select(s => s.Spec.Kind).FirstOrDefault();
        return open ?? (state is null || state.Order.IsEmpty ? "start" : state.Steps[state.Order[^1]].Spec.Kind);
    }

    private static bool CanTrace()
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(FerProcess.Start("strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync", "true"))!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
