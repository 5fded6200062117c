using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>Tests on hosts: one after another, on one server.</summary>
[CollectionDefinition("hosts")]
public sealed class HostsCollection : ICollectionFixture<PostgresServer>;

/// <summary>A step as its row says.</summary>
internal sealed record StepNow(string Hash, string Host, long Token, long Position);

/// <summary>Several hosts with a database and a store of their own, and a run that was handed to them.</summary>
internal sealed class TestCluster : IDisposable
{
    private readonly string folder = FerProcess.NewRuns();
    private readonly List<HostProcess> hosts = [];
    private readonly ImmutableArray<string> sets;
    private readonly string id = "run";

    /// <param name="sets">Settings of hosts, such as <c>cluster.lease=2s</c>.</param>
    public TestCluster(PostgresServer server, params ImmutableArray<string> sets)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are looked at in /proc and disturbed by Linux's means");
        this.sets = [.. sets.SelectMany(s => new[] { "--set", s })];
        Journal = server.NewDatabase();
        Store = Path.Combine(folder, "store");
        Directory.CreateDirectory(Store);
        Rows = new StepDiary(Journal);
    }

    /// <summary>As this test reaches the database.</summary>
    public JournalSettings Journal { get; }

    public StepDiary Rows { get; }

    /// <summary>Where hosts share it; else that of the command line.</summary>
    public string Store { get; }

    /// <summary>Each host has a store of its own, and fetches from the others.</summary>
    public bool OwnStores { get; init; }

    /// <summary>Certificates that hosts and commands show each other: a folder as deploy/make-certificates.sh makes it, with one for each host and for <c>desk</c>.</summary>
    public string? Certificates { get; init; }

    public string StoreOf(string host) => OwnStores ? $"{Store}-{host}" : Store;

    private RunFolder Run => new(folder, id) { Store = Store };

    public IReadOnlyList<IRunEvent> Events => RunReader.Events(Run, Journal);

    /// <summary>Starts a host; it may be there only later.</summary>
    /// <param name="journal">How it reaches the database; null: as this test does.</param>
    /// <param name="wrap">Gives the command that starts it, from its command line.</param>
    /// <param name="more">Further options.</param>
    public HostProcess Start(string name, string[]? sets = null, string? journal = null, Func<ProcessStartInfo, ProcessStartInfo>? wrap = null, string[]? more = null)
    {
        string[] own = [.. TlsOf(name), .. (OwnStores ? [.. sets ?? [], $"cluster.store={StoreOf(name)}"] : sets ?? []).SelectMany(s => new[] { "--set", s }), .. more ?? []];
        var start = Fer(["host", "--runs", folder, .. SmallRun.Sets, .. Cluster, .. this.sets, "--set", $"cluster.name={name}", .. own]);
        start.Environment["FER_JOURNAL_CONNECTION_STRING"] = $"{journal ?? Journal.ConnectionString};Application Name={name}";
        var host = new HostProcess(name, wrap?.Invoke(start) ?? start);
        hosts.Add(host);
        return host;
    }

    /// <summary>Hands the run over.</summary>
    /// <returns>What <c>fer submit</c> said.</returns>
    public string Submit(params string[] options)
    {
        var (code, output, error) = FerProcess.Run(Fer(["submit", SmallRun.Config, "--run-id", id, "--runs", folder, .. SmallRun.Sets, .. Cluster, .. options]));
        Assert.True(code == 0, $"fer submit ended with {code}: {output}{error}");
        return output;
    }

    /// <summary>Hands a sweep over small runs over.</summary>
    /// <param name="search">What stands in <c>fer.sweep</c>.</param>
    public TestSweep SubmitSweep(string search, params string[] sets) => SubmitSweepAs("sweep", search, sets);

    public TestSweep SubmitSweepAs(string sweep, string search, params string[] sets)
    {
        var file = Path.Combine(folder, $"{sweep}.conf");
        File.WriteAllText(file, $"fer {{\n sweep {{\n base = \"{SmallRun.Config}\"\n{search}\n }}\n}}\n");
        string[] more = [.. sets.SelectMany(s => new[] { "--set", s })];
        var (code, output, error) = Command(["sweep", "submit", file, "--sweep-id", sweep, "--runs", folder, .. SmallRun.Sets, .. Cluster, .. more]);
        Assert.True(code == 0, $"fer sweep submit ended with {code}: {output}{error}");
        return new TestSweep(this, folder, sweep, sets);
    }

    /// <summary>Any other command, on this cluster's database.</summary>
    public (int Code, string Output, string Error) Command(params string[] arguments) => FerProcess.Run(Fer(arguments));

    /// <summary>The same for commands about the run.</summary>
    public string OfRun(string word)
    {
        var (code, output, error) = Command(word, id, "--runs", folder);
        Assert.True(code == 0, $"fer {word} ended with {code}: {output}{error}");
        return output;
    }

    public string[] Cluster => ["--set", "journal.provider=postgres", "--set", $"cluster.store={Store}", .. OwnStores ? ["--set", "cluster.artifacts=own"] : Array.Empty<string>(), .. TlsOf("desk")];

    /// <summary>Waits until a host is in the middle of the long step, some of it saved.</summary>
    public StepNow InTheMiddle() => Patiently(() => Rows.Running(SmallRun.Long) is (var step, true) ? step : null, $"a host to be in the middle of {SmallRun.Long}");

    /// <summary>Waits until a host has the step in hand under a later number.</summary>
    public StepNow TakenAfter(StepNow step) => Patiently(() => Rows.Find(step.Hash) is { } now && now.Token > step.Token && now.Host.Length > 0 ? now : null, $"another host to take {SmallRun.Long} from {step.Host}");

    /// <summary>The host that a row names.</summary>
    public HostProcess Host(string name) => hosts.Last(h => h.Name == name);

    public HostProcess Other(string name) => hosts.Last(h => h.Name != name && h.IsRunning);

    /// <summary>Waits until one of the running hosts coordinates.</summary>
    public HostProcess Coordinator() => Host(Patiently(() => Rows.Coordinator() is { } name && hosts.Any(h => h.Name == name && h.IsRunning) ? name : null, "a host to coordinate"));

    /// <summary>Waits until the run is that, and gives the reason.</summary>
    public string Is(string status) => Patiently(
        () =>
        {
            var (now, reason) = Rows.StatusOf(id) ?? ("", "");
            Assert.True(now == status || now is "" or "queued" or "running", $"The run is {now} ({reason}), not {status}.\n{Story}");
            return now == status ? reason : null;
        },
        $"the run to be {status}");

    public T Patiently<T>(Func<T?> look, string what)
        where T : class => Wait.For(look, () => $"{what}:\n{Story}");

    /// <summary>What all hosts have said, for the reader of a test that failed.</summary>
    public string Story => $"{string.Join('\n', hosts.Select(h => $"--- {h.Name}{(h.IsRunning ? "" : " (ended)")}\n{h.Said}"))}\n--- steps\n{Rows.Story}";

    /// <summary>Waits for the end; whatever was done again on the way, it must be the same bytes.</summary>
    public void EndsInTheSameBytes()
    {
        Is("completed");
        if (OwnStores)
        {
            // Brings every file here, each checked against its hash.
            Assert.Contains("all as their hashes say", OfRun("verify"));
        }

        RunResult.AreEqual(SmallRun.Result, RunResult.Of(Run, Journal), id);
    }

    /// <summary>Waits for the end, which must be what it is without any trouble: the same bytes, no result counted twice, no number going back.</summary>
    public void CompletesAsIfNothingHadHappened()
    {
        EndsInTheSameBytes();
        var events = Events;
        var twice = events.OfType<StepCompleted>().GroupBy(e => e.Step).Where(g => g.Count() > 1).Select(g => g.Key);
        Assert.True(!twice.Any(), $"counted twice: {string.Join(", ", twice)}\n{Story}");
        var claims = events.OfType<Claimed>().Select(c => c.Number).ToList();
        Assert.Equal(claims.Order(), claims);
        Assert.Single(events.OfType<RunCompleted>());
        Assert.Equal(events.OfType<StepCompleted>().Count(), Rows.AcceptedOnce());
    }

    public void Dispose()
    {
        hosts.ForEach(h => h.Dispose());
        Rows.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string[] TlsOf(string name) => Certificates is null ? [] : ["--set", $"cluster.tls.certificate={Path.Combine(Certificates, $"{name}.pfx")}", "--set", $"cluster.tls.authority={Path.Combine(Certificates, "ca.pem")}"];

    private ProcessStartInfo Fer(IEnumerable<string> arguments)
    {
        var start = FerProcess.Start("dotnet", [FerProcess.Dll, .. arguments]);
        if (Certificates is not null)
        {
            start.Environment["FER_CLUSTER_TLS_PASSWORD"] = File.ReadAllText(Path.Combine(Certificates, "tls.env")).Trim().Split('=')[1];
        }

        start.Environment["FER_JOURNAL_CONNECTION_STRING"] = Journal.ConnectionString;

        // As ./fer starts it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }
}
