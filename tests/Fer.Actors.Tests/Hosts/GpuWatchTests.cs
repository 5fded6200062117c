using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Fer.Actors.Devices;
using Fer.Actors.Hosts;
using Fer.Actors.Tests.Devices;

namespace Fer.Actors.Tests.Hosts;

/// <summary>When a slot is told that its GPU is others', and when not. The test stands where the host does; 1000 MiB may be others'.</summary>
public sealed class GpuWatchTests : TestKit
{
    private const string Device = "cuda:0";
    private const string Stuck = "cuda:1";

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    private readonly GivenGpus gpus = new();
    private readonly ConcurrentQueue<string> said = [];
    private readonly TestProbe host;

    public GpuWatchTests()
        : base("""
            akka { loggers = ["Akka.Event.DefaultLogger, Akka"]
              loglevel = OFF
              stdout-loglevel = OFF }
            """) => host = CreateTestProbe();

    [Fact]
    public void A_slot_hears_first_that_its_GPU_is_free_then_that_it_is_others_and_then_that_it_is_free_again()
    {
        gpus.Say(300);
        var watch = Start();
        host.ExpectMsg(new GpuOthers(Device, null));

        gpus.Say(5000, (1, 4900));
        host.ExpectMsg(new GpuOthers(Device, 5000L << 20));
        gpus.Say(1000);
        host.ExpectMsg(new GpuOthers(Device, null));

        Assert.Equal(["cuda:0 is used by others (5000 MiB): it takes no new step", "cuda:0 is free of others: it takes steps again"], said);
        Assert.False(watch.IsNobody());
    }

    [Fact]
    public void A_GPU_that_is_others_from_the_start_is_never_said_to_be_free_before()
    {
        gpus.Say(5000);
        Start();

        host.ExpectMsg(new GpuOthers(Device, 5000L << 20));
        host.ExpectNoMsg(Quiet);
    }

    [Fact]
    public void What_the_own_worker_has_and_leaves_behind_for_a_moment_is_not_others()
    {
        gpus.Say(0);
        var watch = Start();
        host.ExpectMsg(new GpuOthers(Device, null));
        watch.Tell(new WorkerOnGpu(Device, 7));
        watch.Tell(new ComputesOnGpu(Device));
        gpus.Say(6000, (7, 6000));
        host.ExpectNoMsg(Quiet);

        // Somebody comes beside it.
        gpus.Say(8000, (7, 6000), (1, 2000));
        host.ExpectMsg(new GpuOthers(Device, 2000L << 20));
    }

    [Fact]
    public void Where_the_driver_tells_nothing_the_slot_takes_steps()
    {
        Start();

        host.ExpectMsg(new GpuOthers(Device, null));
    }

    [Fact]
    public void A_driver_that_never_answers_about_one_GPU_holds_no_slot_up()
    {
        gpus.Say(5000);
        Start(hanging: true);

        // The others are looked at all the while.
        host.ExpectMsg(new GpuOthers(Device, 5000L << 20));
        host.ExpectMsg(new GpuOthers(Stuck, null));
        gpus.Say(0);
        host.ExpectMsg(new GpuOthers(Device, null));

        Assert.Equal(1, gpus.Hung);
        Assert.Single(said, s => s == "cuda:1: the driver does not answer whether others use it; it takes steps all the same");
    }

    [Fact]
    public void A_slot_that_was_taken_when_the_driver_stopped_answering_takes_steps_again()
    {
        gpus.Say(0).SayOf(GivenGpus.Hanging, 5000);
        Start(hanging: true);
        var first = new[] { host.ExpectMsg<GpuOthers>(), host.ExpectMsg<GpuOthers>() };
        Assert.Contains(new GpuOthers(Stuck, 5000L << 20), first);

        gpus.Hang();
        host.ExpectMsg(new GpuOthers(Stuck, null));

        // A look that fails at last is the end of that look alone.
        gpus.SayOf(GivenGpus.Hanging, 5000).Answer.Set();
        host.ExpectMsg(new GpuOthers(Stuck, 5000L << 20));
    }

    private IActorRef Start(bool hanging = false)
    {
        var uuids = ImmutableSortedDictionary<string, string>.Empty.Add(Device, GivenGpus.Uuid);
        var setup = new GpuWatchSetup(gpus, hanging ? uuids.Add(Stuck, GivenGpus.Hanging) : uuids, 1000L << 20, TimeSpan.FromMilliseconds(20)) { Patience = TimeSpan.FromMilliseconds(100) };
        Action<string> say = said.Enqueue;
        return host.ChildActorOf(Props.Create(() => new GpuWatch(setup, say)));
    }

    protected override void AfterAll()
    {
        gpus.Answer.Set();
        base.AfterAll();
    }
}
