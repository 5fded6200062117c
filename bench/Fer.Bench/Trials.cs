using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Bench;

/// <summary>Many trials of nothing over three hosts of two slots each: trials a second, the coordinator's memory, and how fast its state is read again.</summary>
internal static class Trials
{
    private const string Sweep = "nothing";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    internal static JournalSettings Journal => new() { Provider = "postgres", ConnectionString = Environment.GetEnvironmentVariable("FER_JOURNAL_CONNECTION_STRING")! };

    /// <summary>One host, in a process of its own.</summary>
    public static int Host(string job, string name, string store)
    {
        JobRegistry.Add(new Nothing());
        JobRegistry.Add(new Chains());
        var settings = new ClusterSettings { Name = name, Store = store };
        var request = new HostRequest(settings, new EngineSettings { Devices = ["cpu:0", "cpu:1"] }, Journal, Path.Combine(store, "hosts", name), _ => { }, _ => new Deaf(), new SweepWays(job == Chains.Job ? Chains.Trial : Nothing.Trial, _ => new DeafToSweeps(), new DeafToSweeps()), (_, _) => throw new NotSupportedException("Its hosts share a folder."));
        using var stop = new CancellationTokenSource();
        using var signal = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, c =>
        {
            c.Cancel = true;
            stop.Cancel();
        });
        HostEngine.RunAsync(request, NullLoggerFactory.Instance, stop.Token).GetAwaiter().GetResult();
        return 0;
    }

    public static int Run(int trials, int parallel)
    {
        var store = Directory.CreateTempSubdirectory("fer-trials-").FullName;
        var hosts = new[] { "a", "b", "c" }.Select(name => Start("trials-host", name, store)).ToList();
        try
        {
            RunAsync(trials, parallel, hosts).GetAwaiter().GetResult();
        }
        finally
        {
            hosts.ForEach(h => h.Kill());
            hosts.ForEach(h => h.WaitForExit());
            Directory.Delete(store, recursive: true);
        }

        return State(trials);
    }

    /// <summary>The store is open and warm: what a coordinator does first with a sweep.</summary>
    public static int State(int trials)
    {
        var folder = new RunFolder(Path.GetTempPath(), Sweep);
        _ = SweepReader.Read(folder, Sweep, Journal);
        var reading = Stopwatch.GetTimestamp();
        var state = SweepReader.Read(folder, Sweep, Journal)!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"state of {state.Trials.Count} trials read from its journal in {Stopwatch.GetElapsedTime(reading).TotalSeconds:0.00} s"));
        Console.WriteLine($"trials counted once: {state.Trials.Count(t => t.Status == TrialStatus.Completed && t.Value == t.Number)}, of {trials}");
        return 0;
    }

    internal static Process Start(string word, string name, string store) => Process.Start(Environment.ProcessPath!, [.. IsByDotnet ? [Environment.GetCommandLineArgs()[0]] : Array.Empty<string>(), word, name, store]);

    // dotnet run starts a program of its own, dotnet Fer.Bench.dll the runtime.
    private static bool IsByDotnet => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";

    internal static Task SubmitAsync(Npgsql.NpgsqlDataSource database, string id, string job, int trials, int parallel)
    {
        var none = ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);
        return new SweepRows(database).SubmitAsync(id, new SweepSpec
        {
            Base = job, Objective = "value", Sampler = "grid", Parallel = parallel, Data = ImmutableSortedDictionary<string, TrialData>.Empty.Add("", new TrialData("{}", ImmutableSortedDictionary<string, string>.Empty)),
            Space = new SearchSpace([new IntegerAxis("x", none, 1, trials, 1)]),
        }, "bench");
    }

    private static async Task RunAsync(int trials, int parallel, List<Process> hosts)
    {
        await using var database = await ClusterDatabase.PostgresAsync(Journal, CancellationToken.None);
        var (sweeps, rows) = (new SweepRows(database), new HostRows(database, TimeSpan.FromSeconds(6)));
        while ((await rows.AllAsync()).Length < hosts.Count)
        {
            await Task.Delay(100);
        }

        await SubmitAsync(database, Sweep, Nothing.Job, trials, parallel);
        var started = Stopwatch.GetTimestamp();
        var (before, at) = (0, 0.0);
        while (true)
        {
            await Task.Delay(Look);
            var row = (await sweeps.FindAsync(Sweep))!;
            var (now, seconds) = (row.Summary.Completed, Stopwatch.GetElapsedTime(started).TotalSeconds);
            var memory = string.Join(" ", hosts.Select(h => (ResidentOf(h.Id) >> 20).ToString(CultureInfo.InvariantCulture)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds,6:0} s  {now,6} trials  {(now - before) / (seconds - at),6:0.0} a second  resident MiB {memory}  load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));
            (before, at) = (now, seconds);
            if (row.Status == "completed")
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now} trials in {seconds:0.0} s: {now / seconds:0.0} a second"));
                break;
            }
        }
    }

    private static long ResidentOf(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    private sealed class Deaf : IRunObserver
    {
        public void OnEvent(IRunEvent e, RunState state)
        {
        }

        public void OnLive(LiveStep step)
        {
        }
    }

    private sealed class DeafToSweeps : ISweepObserver, ISweepHook
    {
        public void OnEvent(ISweepEvent e, SweepState state)
        {
        }

        public bool Hears(SweepSpec spec) => false;

        public Task<HookAnswer> TellAsync(SweepState state, HookMessage message, bool once) => Task.FromResult(new HookAnswer(1, null));
    }
}
