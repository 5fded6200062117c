using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Devices;

/// <summary>A pool of one or two slots; the test stands where lanes, workers and owners of steps do.</summary>
public sealed class DevicePoolTests : TestKit
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);

    private readonly TestProbe parent;
    private readonly TestProbe lane;
    private readonly TestProbe worker;
    private readonly TestProbe owner;

    public DevicePoolTests()
        : base("""
            akka { loggers = ["Akka.Event.DefaultLogger, Akka"]
              loglevel = OFF
              stdout-loglevel = OFF
              log-dead-letters = off
              log-dead-letters-during-shutdown = off }
            """)
    {
        parent = CreateTestProbe();
        lane = CreateTestProbe();
        worker = CreateTestProbe();
        owner = CreateTestProbe();
    }

    [Fact]
    public void A_step_waits_for_a_slot_and_its_owner_is_told_where_it_runs()
    {
        var pool = Pool();
        Place(pool, "a");
        owner.ExpectNoMsg(Quiet);

        Ready(pool);

        owner.ExpectMsg(new Placed("a", "cpu:0"));
        worker.ExpectMsg<StepOrder>(o => o.Order == "a");
    }

    [Fact]
    public void The_most_urgent_step_goes_first_and_among_equals_the_one_that_came_first()
    {
        var pool = Pool();
        Place(pool, "low", 10);
        Place(pool, "first", 50);
        Place(pool, "second", 50);
        Place(pool, "urgent", 100);

        Ready(pool);

        Assert.Equal(["urgent", "first", "second", "low"], Enumerable.Range(0, 4).Select(_ => Carry(pool)));
    }

    [Fact]
    public void Every_slot_carries_a_step_at_the_same_time()
    {
        var pool = Pool("cpu:0", "cpu:1");
        Place(pool, "a");
        Place(pool, "b");
        Place(pool, "c");

        Ready(pool, "cpu:0");
        Ready(pool, "cpu:1");

        Assert.Equal(["cpu:0", "cpu:1"], Enumerable.Range(0, 2).Select(_ => owner.ExpectMsg<Placed>().Device).Order());
        owner.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void What_a_worker_says_reaches_the_owner_of_that_step_alone()
    {
        var other = CreateTestProbe();
        var pool = Pool();
        Ready(pool);
        Place(pool, "a");
        pool.Tell(new Place(Order("b"), 1, other));
        owner.ExpectMsg<Placed>();

        pool.Tell(new WorkOpened("a", 0), worker);
        pool.Tell(new WorkSaved("a", new CheckpointRef(1, 2, "ab")), worker);
        pool.Tell(new WorkMoved("stale", 1, 2, "steps", ImmutableSortedDictionary<string, double>.Empty), worker);
        pool.Tell(new WorkDone("stale", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty), worker);

        owner.ExpectMsg<WorkOpened>();
        owner.ExpectMsg<WorkSaved>();
        owner.ExpectNoMsg(Quiet);
        other.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void When_an_owner_stops_its_waiting_steps_are_forgotten_and_its_running_one_is_stopped_unsaved()
    {
        var pool = Pool();
        Ready(pool);
        Place(pool, "running");
        Place(pool, "waiting");
        worker.ExpectMsg<StepOrder>();

        Sys.Stop(owner);

        worker.ExpectMsg(new StopWork("running", Save: false));
        pool.Tell(new WorkStopped("running"), worker);
        worker.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void A_slot_is_free_for_others_once_the_step_of_a_stopped_owner_has_ended()
    {
        var gone = CreateTestProbe();
        var pool = Pool();
        Ready(pool);
        pool.Tell(new Place(Order("gone"), 1, gone));
        worker.ExpectMsg<StepOrder>();
        Sys.Stop(gone);
        worker.ExpectMsg<StopWork>();
        Place(pool, "next");
        worker.ExpectNoMsg(Quiet);

        pool.Tell(new WorkStopped("gone"), worker);

        worker.ExpectMsg<StepOrder>(o => o.Order == "next");
    }

    [Fact]
    public void A_waiting_step_can_be_taken_back_at_once_a_running_one_when_its_worker_says_so_and_an_unknown_one_is_stopped_already()
    {
        var pool = Pool();
        Ready(pool);
        Place(pool, "running");
        Place(pool, "waiting");
        owner.ExpectMsg<Placed>();
        worker.ExpectMsg<StepOrder>();

        pool.Tell(new Unplace("waiting", Save: true), owner);
        owner.ExpectMsg(new WorkStopped("waiting"));
        pool.Tell(new Unplace("unknown", Save: true), owner);
        owner.ExpectMsg(new WorkStopped("unknown"));
        pool.Tell(new Unplace("running", Save: true), owner);
        worker.ExpectMsg(new StopWork("running", Save: true));
        owner.ExpectNoMsg(Quiet);
        pool.Tell(new WorkStopped("running"), worker);
        owner.ExpectMsg(new WorkStopped("running"));
    }

    [Fact]
    public void When_a_worker_is_lost_the_owner_is_told_and_the_next_worker_takes_the_next_step()
    {
        var pool = Pool();
        Ready(pool);
        Place(pool, "a");
        Place(pool, "b");
        owner.ExpectMsg<Placed>();

        pool.Tell(new LaneLost("cpu:0", "its process ended with code 139"));

        owner.ExpectMsg(new WorkerLost("a", "cpu:0", "its process ended with code 139"));
        owner.ExpectNoMsg(Quiet);
        Ready(pool);
        owner.ExpectMsg(new Placed("b", "cpu:0"));
    }

    [Fact]
    public void A_poisoned_device_costs_its_worker_and_the_step_is_lost_with_it_not_failed()
    {
        var pool = Pool();
        Ready(pool);
        Place(pool, "a");
        owner.ExpectMsg<Placed>();

        pool.Tell(new WorkFault("a", "device", "CUDA error: an illegal memory access was encountered", 12), worker);

        Assert.Contains("illegal memory access", lane.FishForMessage<EndWorker>(_ => true).Reason);
        owner.ExpectNoMsg(Quiet);
        pool.Tell(new LaneLost("cpu:0", "CUDA error"));
        owner.ExpectMsg<WorkerLost>();
    }

    [Fact]
    public void A_worker_whose_pulse_stands_still_while_it_has_a_step_is_ended()
    {
        var pool = Pool(stall: TimeSpan.FromSeconds(1));
        Ready(pool);
        Place(pool, "a");

        Assert.Equal("its compute thread has not moved for 1 s", lane.FishForMessage<EndWorker>(_ => true, TimeSpan.FromSeconds(5)).Reason);
    }

    [Fact]
    public async Task A_worker_whose_pulse_moves_or_that_has_nothing_to_do_is_left_alone()
    {
        var pool = Pool(stall: TimeSpan.FromSeconds(1), "cpu:0", "cpu:1");
        Ready(pool, "cpu:0");
        Ready(pool, "cpu:1");
        Place(pool, "a");

        for (var beat = 1; beat <= 14; beat++)
        {
            pool.Tell(new LanePulse("cpu:0", beat));
            await Task.Delay(200);
        }

        Assert.DoesNotContain(lane.ReceiveWhile(TimeSpan.FromMilliseconds(10), m => m), m => m is EndWorker);
    }

    [Fact]
    public void Only_when_no_slot_is_left_that_may_come_up_the_run_is_told()
    {
        var pool = Pool("cpu:0", "cpu:1");
        pool.Tell(new LaneDown("cpu:0", "its process ended with code 1"));
        parent.ExpectNoMsg(Quiet);
        Ready(pool, "cpu:0");
        Assert.True(parent.ExpectMsg<HasWorker>().Value);

        pool.Tell(new LaneDown("cpu:1", "its process ended with code 1"));
        parent.ExpectNoMsg(Quiet);
        pool.Tell(new LaneDown("cpu:0", "its process ended with code 127"));

        Assert.Equal("No worker comes up, the one of cpu:0 because its process ended with code 127.", parent.ExpectMsg<NoWorkers>().Sentence);
    }

    [Fact]
    public async Task A_slot_is_measured_as_busy_exactly_while_it_carries_a_step_however_that_ends()
    {
        const string device = "cpu:7";
        var pool = Pool(device);
        Ready(pool, device);
        Place(pool, "done");
        owner.ExpectMsg<Placed>();
        Assert.Equal(1, Busy(device));

        Carry(pool);
        owner.ExpectMsg<WorkDone>();
        Assert.Equal(0, Busy(device));

        Place(pool, "lost");
        owner.ExpectMsg<Placed>();
        pool.Tell(new LaneLost(device, "it crashed"));
        owner.ExpectMsg<WorkerLost>();
        Assert.Equal(0, Busy(device));

        Ready(pool, device);
        Place(pool, "carried to the end of the process");
        owner.ExpectMsg<Placed>();
        Assert.Equal(1, Busy(device));
        Assert.True(await pool.GracefulStop(TimeSpan.FromSeconds(5)));
        Assert.Equal(0, Busy(device));
    }

    private static int Busy(string device)
    {
        var busy = 0;
        using var listener = new MeterListener { InstrumentPublished = (i, l) => { if (i.Name == "fer.slots.busy") { l.EnableMeasurementEvents(i); } } };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => busy += tags[0].Value as string == device ? value : 0);
        listener.Start();
        listener.RecordObservableInstruments();
        return busy;
    }

    private IActorRef Pool(params string[] devices) => Pool(TimeSpan.FromMinutes(1), devices);

    private IActorRef Pool(TimeSpan stall, params string[] devices)
    {
        var plans = (devices.Length == 0 ? ["cpu:0"] : devices).Select(d => new SlotPlan(new DeviceName("cpu", d[^1] - '0'), () => Props.Create(() => new Passer(lane)))).ToList();
        return parent.ChildActorOf(Props.Create(() => new DevicePool(plans, stall)));
    }

    private void Ready(IActorRef pool, string device = "cpu:0") => pool.Tell(new LaneReady(device, worker, Environment.ProcessId));

    private void Place(IActorRef pool, string order, int priority = 1) => pool.Tell(new Place(Order(order), priority, owner));

    private string Carry(IActorRef pool)
    {
        var order = worker.ExpectMsg<StepOrder>().Order;
        pool.Tell(new WorkDone(order, ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty), worker);
        return order;
    }

    private static StepOrder Order(string name) =>
        new(name, "run", new StepSpec(name, "none", 1, ImmutableSortedDictionary<string, string>.Empty, "", 0), "store", [], Adjustments.None, "fp32", TimeSpan.FromSeconds(30), 0);

    private sealed class Passer : ReceiveActor
    {
        public Passer(IActorRef to) => ReceiveAny(to.Tell);
    }
}
