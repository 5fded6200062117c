using Fer.Actors.Hosting;
using Fer.Actors.Storage;

namespace Fer.Process.Tests.Hosts;

/// <summary>
/// The run that these tests hand to hosts: hocon/kill.conf with one round, fewer arms and faces, and a generator that trains for a few
/// seconds and is saved on the way, so that there is time to hit it.
/// </summary>
internal static class SmallRun
{
    /// <summary>The step that tests disturb.</summary>
    public const string Long = "gan/round-1/all";

    private static readonly Lazy<string> Undisturbed = new(Calm);

    public static string[] Sets { get; } =
        [.. new[] { "loop.rounds=1", "loop.arms=main", "gan.steps-per-round=200", "checkpoint-steps=20", "classifier.steps=4", "filter.target=60", "checkpoint-every=1h", "devices=[cpu:0]" }.SelectMany(s => new[] { "--set", s })];

    public static string Config => FerProcess.Config("kill.conf");

    /// <summary>What it ends with on one machine, without cluster and without trouble; computed once.</summary>
    public static string Result => Undisturbed.Value;

    private static string Calm()
    {
        var runs = FerProcess.NewRuns();
        try
        {
            var (code, output, error) = FerProcess.Run(["run", Config, "--runs", runs, "--run-id", "calm", .. Sets]);
            Assert.True(code == 0, $"The calm run ended with {code}:\n{output}\n{error}");
            return RunResult.Of(new RunFolder(runs, "calm"), new JournalSettings());
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }
}
