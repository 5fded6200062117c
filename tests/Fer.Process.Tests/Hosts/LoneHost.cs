using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Process.Tests.Hosts;

/// <summary>A folder of runs with a host of its own: no server, no store, no name.</summary>
internal sealed class LoneHost : IDisposable
{
    private static readonly JournalSettings Journal = new();

    private readonly string folder = FerProcess.NewRuns();
    private readonly List<HostProcess> hosts = [];

    public LoneHost() => Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are looked at in /proc and disturbed by Linux's means");

    public string Folder => folder;

    public string ResultOf(string id) => RunResult.Of(new RunFolder(folder, id), Journal);

    public string Store => SingleHost.StoreIn(folder);

    /// <summary>Starts the host. Its slot is that of the undisturbed run, whatever else this machine has: nothing else is set.</summary>
    /// <param name="more">Further options.</param>
    public HostProcess Start(params string[] more)
    {
        var host = new HostProcess(Environment.MachineName, FerProcess.Start("dotnet", [FerProcess.Dll, "host", "--runs", folder, "--set", "devices=[cpu:0]", .. more]));
        hosts.Add(host);
        return host;
    }

    public string Submit(string id, params string[] options) => Command(0, ["submit", SmallRun.Config, "--run-id", id, .. SmallRun.Sets, .. options]);

    /// <summary>A command on this folder of runs that ends with that code; what it said.</summary>
    public string Command(int code, params string[] arguments)
    {
        var (ended, output, error) = FerProcess.Run([.. arguments, "--runs", folder]);
        Assert.True(ended == code, $"fer {arguments[0]} ended with {ended}: {output}{error}\n{Story}");
        return output + error;
    }

    public IReadOnlyList<IRunEvent> Events(string id) => RunReader.Events(new RunFolder(folder, id), Journal);

    /// <summary>Waits until the long step of a run is in the middle, some of it saved.</summary>
    public void IsInTheMiddle(string id) => Wait.Until(() => Events(id).OfType<StepCheckpointed>().Any(c => c.Step == SmallRun.Long), () => $"{id} to be in the middle of {SmallRun.Long}:\n{Story}");

    /// <summary>Waits for the end, which must be what it is without host and without trouble: the same bytes, no result counted twice.</summary>
    public void CompletesAsIfNothingHadHappened(string id)
    {
        Wait.Until(() => Events(id) is [.., RunCompleted], () => $"{id} to complete:\n{Story}");
        RunResult.AreEqual(SmallRun.Result, RunResult.Of(new RunFolder(folder, id), Journal), id);
        Assert.Distinct(Events(id).OfType<StepCompleted>().Select(c => c.Step));
        var tries = Events(id).OfType<StepStarted>().Select(s => (s.Spec.Name, s.Attempt));
        Assert.Distinct(tries);
    }

    private string Story => string.Join('\n', hosts.Select(h => $"--- host{(h.IsRunning ? "" : " (ended)")}\n{h.Said}"));

    public void Dispose()
    {
        hosts.ForEach(h => h.Dispose());
        Directory.Delete(folder, recursive: true);
    }
}
