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

    private IActorRef Start()
    {
        var setup = new GpuWatchSetup(gpus, ImmutableSortedDictionary<string, string>.Empty.Add(Device, GivenGpus.Uuid), 1000L << 20, TimeSpan.FromMilliseconds(20));
        Action<string> say = said.Enqueue;
        return host.ChildActorOf(Props.Create(() => new GpuWatch(setup, say)));
    }
}
