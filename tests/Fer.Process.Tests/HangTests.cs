using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>A slot's thread that hangs for good cannot be ended alone; its process can.</summary>
public sealed class HangTests
{
    [Fact]
    public void A_slot_that_hangs_is_replaced_with_its_process_and_the_run_ends_with_the_same_bytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads are held by Linux's ptrace");
        var runs = FerProcess.NewRuns();
        try
        {
            var undisturbed = FerProcess.Run(Arguments(runs, "undisturbed"));
            Assert.Equal(0, undisturbed.Code);

            using var process = System.Diagnostics.Process.Start(FerProcess.Start("dotnet", [FerProcess.Dll, .. Arguments(runs, "hung"), "--set", "stall-timeout=2s", "--set", "retry-delay=100ms"]))!;
            while (process.StandardOutput.ReadLine() is { } line && !line.Contains("starts on cpu:0", StringComparison.Ordinal))
            {
            }

            using var held = HeldThread.Named(process.Id, "slot-cpu-0_1", "libtorch_cpu.so");
            Assert.NotNull(held);
            var (code, output, error) = FerProcess.Ended(process);

            Assert.True(code == 0, $"The run ended with {code}: {output}{error}");
            Assert.Contains("Run 'hung' goes on in a new process, because the worker of cpu:0 is a thread that cannot be ended from outside", error);
            Assert.Contains("macro F1", output);
            var events = RunReader.Events(new RunFolder(runs, "hung"), new JournalSettings());
            Assert.Single(events.OfType<WorkerRestarted>());
            Assert.Equal("worker-lost", Assert.Single(events.OfType<StepFailed>()).Fault);
            Assert.Equal([process.Id, process.Id], events.OfType<Claimed>().Select(c => c.ProcessId));
            Assert.Equal(Files(runs, "undisturbed"), Files(runs, "hung"));
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static string[] Arguments(string runs, string id) => ["run", FerProcess.Config("kill.conf"), "--runs", runs, "--run-id", id];

    private static IEnumerable<string> Files(string runs, string id) =>
        RunReader.Read(new RunFolder(runs, id), new JournalSettings())!.Steps.SelectMany(s => s.Value.Files.Select(f => $"{s.Key}/{f.Key}={f.Value}"));
}
