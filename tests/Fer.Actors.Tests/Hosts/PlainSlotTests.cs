using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;
using Fer.Models.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Actors.Tests.Hosts;

/// <summary>Steps that need no network, on a host whose GPU is busy. The GPU's slot computes on the processor here: what it is called and what it says of itself is what counts.</summary>
[Collection("postgres")]
public sealed class PlainSlotTests(PostgresServer server) : IAsyncLifetime
{
    private const string Gpu = "cuda:GPU-5c89852c";

    private static readonly EngineSettings Engine = new() { Workers = "thread" };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly JournalSettings journal = server.NewDatabase();
    private readonly string store = Directory.CreateTempSubdirectory("fer-plain-").FullName;
    private readonly string kind = $"plain-{Guid.NewGuid():N}";
    private readonly ManualResetEventSlim gate = new();
    private readonly MemoryStepRows rows = new(() => TimeSpan.Zero, TimeSpan.FromMinutes(1), () => 1);
    private NpgsqlDataSource database = null!;
    private ActorSystem? system;

    public async ValueTask InitializeAsync()
    {
        database = await ClusterDatabase.PostgresAsync(journal, CancellationToken.None);
        JobRegistry.Add(new PlainJob(kind, gate));
    }

    public async ValueTask DisposeAsync()
    {
        gate.Set();
        await (system?.Terminate() ?? Task.CompletedTask);
        await database.DisposeAsync();
        gate.Dispose();
        Directory.Delete(store, recursive: true);
    }

    [Fact]
    public async Task A_plain_step_is_done_while_a_long_one_holds_the_only_GPU()
    {
        var slots = await Start(new DeviceName("cuda", 0) { Id = "GPU-5c89852c" });
        var run = FingerprintOf.OnSlots(slots[0].Info.Facts, Engine);
        await rows.WantAsync(1, [Want("long", $"{kind}-long", FingerprintOf.PlaceOf(run))]);
        Assert.Equal(Gpu, (await Until("long", s => s.State == RowState.Running)).Device);

        await rows.WantAsync(1, [Want("plain", kind, FingerprintOf.PlainPlaceOf(run))]);

        Assert.Equal("cpu:plain", (await Until("plain", s => s.State == RowState.Done)).Device);
        Assert.Equal(RowState.Running, (await Until("long", _ => true)).State);
        gate.Set();
        await Until("long", s => s.State == RowState.Done);
    }

    [Fact]
    public async Task A_CPU_slot_of_another_host_takes_a_GPU_runs_plain_steps_and_nothing_else_of_it()
    {
        await Start(new DeviceName("cpu", 0));
        var run = FingerprintOf.OnSlots(FingerprintOf.OfSlot(Engine, new DeviceName("cuda", 0)), Engine);
        await rows.WantAsync(1, [Want("long", $"{kind}-long", FingerprintOf.PlaceOf(run)), Want("plain", kind, FingerprintOf.PlainPlaceOf(run))]);

        Assert.Equal("cpu:0", (await Until("plain", s => s.State == RowState.Done)).Device);
        Assert.DoesNotContain(await rows.LookAsync(), s => s.Hash == "long" && s.State != RowState.Open);
    }

    [Fact]
    public void The_slot_beside_GPUs_takes_plain_steps_alone_and_is_no_slot_for_a_run()
    {
        ImmutableArray<SlotInfo> slots = [.. HostSlot.Of([new DeviceName("cuda", 0), new DeviceName("cpu", 0)]).Select(d => HostSlot.Of(d, Engine, null).Info)];

        Assert.Equal([("cuda:0", false), ("cpu:0", false), ("cpu:plain", true)], slots.Select(s => (s.Name, s.IsPlain)));
        Assert.Equal(["cuda:0", "cpu:0"], new HostRow("lab", "1", slots, "", false, default, default).RunSlots.Select(s => s.Name));
        var plain = FingerprintOf.PlainPlaceOf(slots[0].Facts);
        Assert.Equal([[FingerprintOf.PlaceOf(slots[0].Facts)], [FingerprintOf.PlaceOf(slots[1].Facts), plain], [plain]], slots.Select(s => new HostSlotNow(s, ActorRefs.Nobody).Places.ToArray()));
        Assert.Equal(["cpu:0"], HostSlot.Of([new DeviceName("cpu", 0)]).Select(d => d.ToString()));
    }

    [Fact]
    public void Another_code_or_another_processor_is_another_place_and_another_device_is_not()
    {
        var facts = FingerprintOf.OfSlot(Engine, new DeviceName("cpu", 0)).Facts;
        string Place(string key, string value) => FingerprintOf.PlainPlaceOf(new Fingerprint(facts.SetItem(key, value)));

        var here = FingerprintOf.PlainPlaceOf(new Fingerprint(facts));
        Assert.All(["device", "gpu", "precision", "threads-per-slot", "torch"], key => Assert.Equal(here, Place(key, "other")));
        Assert.All(["models", "processor"], key => Assert.NotEqual(here, Place(key, "other")));
    }

    private async Task<ImmutableArray<HostSlot>> Start(DeviceName device)
    {
        var devices = HostSlot.Of([device]);
        var thread = new DeviceName("cpu", 0);
        system = ActorSystem.Create("plain", BootstrapSetup.Create().WithConfig(ActorConfig.ForHost(journal, store, [thread, .. devices.Skip(1)], remote: false)).And(new LogSetup(NullLoggerFactory.Instance)));
        var hosts = new HostRows(database, Patience);
        ImmutableArray<HostSlot> slots = [.. devices.Select(d => HostSlot.Of(d, Engine, null)).Select((s, i) => i == 0 ? s with { Plan = SlotPlan.Of(thread, Engine, null) } : s)];
        await hosts.EnterAsync("lab", "life", "1", [.. slots.Select(s => s.Info)], "", CancellationToken.None);
        var setup = new HostActorSetup("lab", "life", slots, rows, hosts, store, Patience, TimeSpan.FromMilliseconds(50), Engine.StallTimeout, () => "", _ => { });
        system.ActorOf(Props.Create(() => new HostActor(setup, false, new TaskCompletionSource<HostOutcome>())), "host");
        return slots;
    }

    private static Wanted Want(string name, string kind, string place) => new(
        "run", new RowSpec(name, new StepSpec(name, kind, 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1), place, "fp32", TimeSpan.FromMinutes(1), 0), 0, [], Adjustments.None, 0);

    private async Task<SeenStep> Until(string hash, Func<SeenStep, bool> holds)
    {
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            if ((await rows.LookAsync()).FirstOrDefault(s => s.Hash == hash) is { } seen && holds(seen))
            {
                return seen;
            }

            Assert.True(DateTime.UtcNow < end, $"{hash} never comes so far");
        }
    }

    /// <summary>A plain kind, and one that holds its slot until the gate opens.</summary>
    private sealed class PlainJob(string kind, ManualResetEventSlim gate) : IJob
    {
        public string Name => kind;

        public IReadOnlyList<StepKind> Kinds { get; } =
        [
            new(kind, 1, _ => new ImmediateWork(() => WorkResult.Of([], [("figure", 1.0)]))) { IsPlain = true },
            new($"{kind}-long", 1, _ => new ImmediateWork(() =>
            {
                gate.Wait();
                return WorkResult.Of([], []);
            })),
        ];

        public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; } = new Dictionary<string, Func<StepOwnerSetup, Props>>();

        public string OwnerOf(string kind) => "";

        public PlanAnswer Next(RunState state) => new([], [], null);
    }
}
