using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.Actor.Setup;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Devices;
using Fer.Actors.Tests.Engine;
using Fer.Actors.Tests.Journals;
using Fer.Models.Training;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Tests.Hosts;

/// <summary>What a host says of itself to whoever operates it: figures on the meter, and names in the log.</summary>
[Collection("postgres")]
public sealed class HostFiguresTests : IAsyncLifetime
{
    // No other test has slots of this name, and the meter is the process's.
    private const string Device = "cpu:97";

    private static readonly DeviceName Slot = new("cpu", 97);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly JournalSettings journal;
    private readonly string store = Directory.CreateTempSubdirectory("fer-figures-").FullName;
    private readonly ConcurrentDictionary<string, long> counted = new();
    private readonly ConcurrentDictionary<string, int> gauges = new();
    private readonly NamedLines lines = new();
    private readonly ConcurrentQueue<string> said = [];
    private readonly MeterListener listener = new();
    private NpgsqlDataSource database = null!;
    private ActorSystem system = null!;

    public HostFiguresTests(PostgresServer server) => journal = server.NewDatabase();

    public async ValueTask InitializeAsync()
    {
        database = await ClusterDatabase.PostgresAsync(journal, CancellationToken.None);
        var logs = LoggerFactory.Create(l => l.AddProvider(lines));
        system = ActorSystem.Create("figures", BootstrapSetup.Create().WithConfig(ActorConfig.ForHost(journal, "", [Slot], remote: false)).And(new LogSetup(logs)));
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == FerMeter.Name)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) =>
        {
            if (IsOurs(tags))
            {
                counted.AddOrUpdate(i.Name, value, (_, sum) => sum + value);
            }
        });
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) =>
        {
            if (tags.IsEmpty || IsOurs(tags))
            {
                gauges[i.Name] = value;
            }
        });
        listener.Start();
    }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await system.Terminate();
        await database.DisposeAsync();
        Directory.Delete(store, recursive: true);
    }

    [Fact]
    public async Task What_slots_do_is_counted_and_whether_the_host_takes_anything_is_shown()
    {
        var rows = new GivenRows(database) { Accept = w => w is not RowWrite.Done };
        rows.Give(Step("refused", "10"));
        var hosts = await Start(rows);

        await Until("fer.writes.refused", 1);
        await UntilNamed(HostEvents.WriteRefused);

        rows.Accept = _ => true;
        rows.Give(Step("done", "10"));
        await Until("fer.steps.completed", 1);
        rows.Give(Step("failed", "no number"));
        await Until("fer.steps.failed", 1);
        rows.IsTaken = true;
        rows.Give(Step("taken", "1000000000"));
        await Until("fer.leases.lost", 1);
        await UntilNamed(HostEvents.LeaseLost);
        Assert.Equal(4, counted["fer.steps.claimed"]);

        Assert.Equal((1, 0, 1), (Gauge("fer.slots.limit"), Gauge("fer.host.draining"), Gauge("fer.database.reachable")));
        await hosts.DrainAsync("lab", draining: true);
        await Until(() => Gauge("fer.host.draining") == 1, "fer.host.draining");
        await UntilNamed(HostEvents.HostDrains);

        await system.Terminate();
        Assert.Equal((0, null, null), (Gauge("fer.slots.limit"), Gauge("fer.host.draining"), Gauge("fer.database.reachable")));
    }

    [Fact]
    public async Task A_host_says_for_which_run_it_computes()
    {
        var rows = new GivenRows(database);
        rows.Give(Step("train", "10") with { Run = "spring-0001", Runs = 3 });
        rows.Give(Step("sample", "no number") with { Run = "summer", Runs = 1 });
        await Start(rows);

        await Until(() => said.Count >= 4, "four lines");

        string[] begun = [$"{Device} takes train for spring-0001 and 2 more", $"{Device} has done train for spring-0001 and 2 more", $"{Device} takes sample for summer"];
        Assert.Equal(begun, said.Take(3));
        Assert.StartsWith($"{Device} failed at sample for summer: ", said.ElementAt(3));
    }

    [Fact]
    public async Task A_database_that_is_away_is_shown_and_named_once_each_way()
    {
        var rows = new GivenRows(database) { IsDown = true };
        await Start(rows);

        await Until(() => Gauge("fer.database.reachable") == 0, "fer.database.reachable");
        rows.IsDown = false;
        await Until(() => Gauge("fer.database.reachable") == 1 && lines.Names.Contains(HostEvents.DatabaseBack), "the database again");

        Assert.Equal([HostEvents.DatabaseAway, HostEvents.DatabaseBack], lines.Names.Where(n => n.StartsWith("Database", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_has_the_seat_shows_it()
    {
        Func<int, LeaseRow> row = tenure => new LeaseRow(database, LeaseRow.Coordinator, $"lab/{tenure}", CoordinatorSeat.Lease);
        Func<long, Props> coordinator = _ => Props.Create(() => new Idle());
        Action<bool> onSeat = _ => { };
        var seat = system.ActorOf(Props.Create(() => new CoordinatorSeat(row, coordinator, onSeat)));

        await Until(() => Gauge("fer.coordinator.seat") == 1, "fer.coordinator.seat");
        await seat.Ask(LeaveSeat.Instance, Patience);

        Assert.Equal(0, Gauge("fer.coordinator.seat"));
        await Until(() => lines.Names.Contains(HostEvents.SeatLost), "its last line");
        Assert.Equal([HostEvents.SeatTaken, HostEvents.SeatLost], lines.Names);
    }

    [Fact]
    public async Task Who_loses_the_seat_to_a_newer_version_leaves_it_free_at_once()
    {
        Func<int, LeaseRow> row = tenure => new LeaseRow(database, LeaseRow.Coordinator, $"lab/{tenure}", TimeSpan.FromHours(1));
        Func<long, Props> coordinator = _ => Props.Create(() => new Idle());
        Action<bool> onSeat = _ => { };
        var seat = system.ActorOf(Props.Create(() => new CoordinatorSeat(row, coordinator, onSeat)));
        await UntilNamed(HostEvents.SeatTaken);

        await using (var newer = database.CreateCommand($"update fer.schema set wire = {HostWire.Version + 1}"))
        {
            await newer.ExecuteNonQueryAsync();
        }

        await UntilNamed(HostEvents.SeatLost);
        await seat.Ask(LeaveSeat.Instance, Patience);
        var another = new LeaseRow(database, LeaseRow.Coordinator, "attic/0", TimeSpan.FromHours(1)) { Wire = HostWire.Version + 1 };
        Assert.Equal(2, await another.TakeAsync());
    }

    [Fact]
    public void Who_comes_and_goes_is_named_in_the_log_and_counted()
    {
        var log = LoggerFactory.Create(l => l.AddProvider(lines)).CreateLogger("hosts");
        var others = new Others("lab", new GivenRows(database), new ClusterSettings(), _ => { }, log);
        HostSeen Seen(string name) => new(name, "", IsReachable: true, IsSelf: name == "lab");

        others.See([Seen("lab"), Seen("attic"), Seen("cellar")]);
        Assert.Equal(2, Gauge("fer.hosts.reachable"));
        others.See([Seen("lab"), Seen("cellar")]);

        Assert.Equal(1, Gauge("fer.hosts.reachable"));
        Assert.Equal((HostEvents.HostGone, "attic"), lines.All.Select(l => (l["Event"], l["Member"])).Last());
        Assert.Equal(2, lines.Names.Count(n => n == HostEvents.HostSeen));

        others.IsLeaving = true;
        others.See([Seen("lab")]);
        Assert.Equal(0, Gauge("fer.hosts.reachable"));
        Assert.Single(lines.Names, HostEvents.HostGone);
    }

    [Fact]
    public async Task A_slot_whose_GPU_others_use_takes_nothing_says_so_in_the_ledger_and_in_the_log_and_goes_on_once_it_is_free()
    {
        var rows = new GivenRows(database);
        rows.Give(Step("waits", "10"));
        var gpus = new GivenGpus().Say(9000, (1, 8900));
        var hosts = await Start(rows, gpus);

        await UntilNamed(HostEvents.GpuTaken);
        await UntilSaid(hosts, "taken");
        Assert.Equal(0, counted.GetValueOrDefault("fer.steps.claimed"));

        gpus.Say(20);
        await Until("fer.steps.completed", 1);
        await UntilSaid(hosts, "there");
        await UntilNamed(HostEvents.GpuFree);
        Assert.Equal([HostEvents.GpuTaken, HostEvents.GpuFree], lines.Names);
        Assert.Contains("9000", lines.All.First()["UsedMib"].ToString());
    }

    private static async Task UntilSaid(HostRows hosts, string state)
    {
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            var host = Assert.Single(await hosts.AllAsync());
            if (host.Slots is [var slot] && host.StateOf(slot, Patience) == state)
            {
                return;
            }

            Assert.True(DateTime.UtcNow < end, $"the ledger never says {state}");
        }
    }

    private async Task<HostRows> Start(GivenRows rows, GivenGpus? gpus = null)
    {
        var name = $"figures-{Guid.NewGuid():N}";
        var job = new ChainJob(name, _ => { });
        JobRegistry.Add(job);
        rows.Kind = job.Kinds[0].Kind;
        var hosts = new HostRows(database, TimeSpan.FromMinutes(1));
        await hosts.EnterAsync("lab", "life", "1", [], "", CancellationToken.None);
        var engine = new EngineSettings { Devices = [Device] };
        var setup = new HostActorSetup(
            "lab", "life", [new HostSlot(SlotPlan.Of(Slot, engine, null), new SlotInfo(Device, "", FingerprintOf.OfSlot(engine, Slot)))], rows, hosts, store,
            TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(50), engine.StallTimeout, () => "", said.Enqueue)
        {
            Gpus = gpus is null ? null : new GpuWatchSetup(gpus, ImmutableSortedDictionary<string, string>.Empty.Add(Device, GivenGpus.Uuid), 1000L << 20, TimeSpan.FromMilliseconds(20)),
        };
        system.ActorOf(Props.Create(() => new HostActor(setup, false, new TaskCompletionSource<HostOutcome>())), "host");
        return hosts;
    }

    private static ClaimedStep Step(string name, string settings) => new(
        new RowSpec(name, new StepSpec(name, "", 1, ImmutableSortedDictionary<string, string>.Empty, settings, 0), "", "fp32", TimeSpan.FromMinutes(1), 0), 1, [], Adjustments.None);

    private static bool IsOurs(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag is { Key: "device", Value: Device })
            {
                return true;
            }
        }

        return false;
    }

    private int? Gauge(string name)
    {
        gauges.Clear();
        listener.RecordObservableInstruments();
        return gauges.TryGetValue(name, out var value) ? value : null;
    }

    private Task Until(string counter, long count) => Until(() => counted.GetValueOrDefault(counter) == count, counter);

    // The log comes by an actor of its own, after what it tells of.
    private Task UntilNamed(string name) => Until(() => lines.Names.Contains(name), $"a line {name}");

    private static async Task Until(Func<bool> holds, string what)
    {
        for (var end = DateTime.UtcNow + Patience; !holds(); await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            Assert.True(DateTime.UtcNow < end, what);
        }
    }

    private sealed class Idle : ReceiveActor;

    /// <summary>Rows that give what a test puts there, and answer as it says.</summary>
    private sealed class GivenRows(NpgsqlDataSource database) : IStepRows
    {
        private readonly PostgresStepRows real = new PostgresStepRows(database, TimeSpan.FromMinutes(1));
        private readonly ConcurrentQueue<ClaimedStep> waiting = [];

        public string Kind { get; set; } = "";

        public Func<RowWrite, bool> Accept { get; set; } = _ => true;

        public bool IsTaken { get; set; }

        public bool IsDown { get; set; }

        public void Give(ClaimedStep step) => waiting.Enqueue(step);

        public Task<ClaimedStep?> ClaimAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds, IReadOnlyCollection<string>? except = null) =>
            Answer(waiting.TryDequeue(out var step) ? step with { Step = step.Step with { Spec = step.Step.Spec with { Kind = Kind } } } : null);

        public Task<IReadOnlyDictionary<(string Hash, long Token), Held>> BeatAsync(ImmutableArray<HeldStep> held) =>
            Answer<IReadOnlyDictionary<(string Hash, long Token), Held>>(held.ToDictionary(h => (h.Hash, h.Token), _ => IsTaken ? Held.Taken : Held.Kept));

        public Task<bool> WriteAsync(string hash, long token, RowWrite write) => Answer(Accept(write));

        public Task<bool> WantAsync(long seat, ImmutableArray<Wanted> wanted) => real.WantAsync(seat, wanted);

        public Task UnwantAsync(long seat, string run, ImmutableArray<string> hashes) => real.UnwantAsync(seat, run, hashes);

        public Task ForgetAsync(long seat, string run) => real.ForgetAsync(seat, run);

        public Task<ImmutableArray<SeenStep>> LookAsync() => real.LookAsync();

        public Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts) => real.UnreferredAsync(artifacts);

        public Task ExpireAsync(string host, TimeSpan silent) => real.ExpireAsync(host, silent);

        private Task<T> Answer<T>(T answer) => IsDown ? Task.FromException<T>(new NpgsqlException("away")) : Task.FromResult(answer);
    }

    /// <summary>Lines of a log that have a name, with what stands beside it.</summary>
    private sealed class NamedLines : ILoggerProvider, ISupportExternalScope
    {
        private readonly ConcurrentQueue<IReadOnlyDictionary<string, object>> said = [];
        private IExternalScopeProvider scopes = new LoggerExternalScopeProvider();

        public IEnumerable<IReadOnlyDictionary<string, object>> All => said;

        public IEnumerable<string> Names => said.Select(l => (string)l[LogNames.Event]);

        public ILogger CreateLogger(string categoryName) => new Named(this);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

        public void Dispose()
        {
        }

        private sealed class Named(NamedLines owner) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => owner.scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var line = new Dictionary<string, object>();
                owner.scopes.ForEachScope(
                    (scope, l) =>
                    {
                        foreach (var (key, value) in scope as IDictionary<string, object> ?? new Dictionary<string, object>())
                        {
                            l[key] = value;
                        }
                    },
                    line);
                if (line.ContainsKey(LogNames.Event))
                {
                    owner.said.Enqueue(line);
                }
            }
        }
    }
}
