using Akka.Actor;
using Akka.Event;
using Fer.Actors.Jobs;
using TorchSharp;

namespace Fer.Actors.Devices;

/// <summary>
/// The resident actor of a slot: lives on the slot's own dispatcher, whose one thread does all of its computing. Tensors
/// are born and die here. Answers between slices.
/// </summary>
internal sealed class DeviceWorker : ReceiveActor
{
    private readonly string device;
    private readonly PulseCounter pulse;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private StepRunner? runner;
    private StepOrder? current;
    private IActorRef pool = ActorRefs.Nobody;

    public DeviceWorker(string device, int threads, PulseCounter pulse)
    {
        this.device = device;
        this.pulse = pulse;

        // Intra-op threads are a property of the calling thread: this one computes.
        torch.set_num_threads(threads);

        Receive<StepOrder>(Open);
        Receive<StopWork>(Stop);
        Receive<NextSlice>(_ => Work());
    }

    public static Props Props(string device, int threads, PulseCounter pulse, string dispatcher) =>
        Akka.Actor.Props.Create(() => new DeviceWorker(device, threads, pulse)).WithDispatcher(dispatcher);

    protected override void PostStop() => Drop();

    private void Open(StepOrder order)
    {
        Drop();
        pool = Sender;
        current = order;
        pulse.Move();
        Guarded(() =>
        {
            var kind = JobRegistry.KindOf(order.Spec);
            runner = StepRunner.Open(order, kind, torch.device(device), (artifact, reason) => pool.Tell(new WorkDamaged(order.Order, artifact, reason)), pulse.Move);
            pool.Tell(new WorkOpened(order.Order, runner.Position));
            Self.Tell(NextSlice.Instance);
        });
    }

    private void Work()
    {
        if (runner is null || current is null)
        {
            return;
        }

        Guarded(() =>
        {
            if (!runner.Done && runner.Advance() is { } checkpoint)
            {
                pool.Tell(new WorkSaved(current.Order, checkpoint));
            }

            pool.Tell(runner.Live());
            if (runner.Done)
            {
                var done = runner.Finish();
                Drop();
                pool.Tell(done);
            }
            else
            {
                Self.Tell(NextSlice.Instance);
            }
        });
    }

    private void Stop(StopWork stop)
    {
        if (current?.Order != stop.Order)
        {
            return;
        }

        Guarded(() =>
        {
            if (stop.Save && runner is { Done: false } && runner.Save() is { } checkpoint)
            {
                pool.Tell(new WorkSaved(stop.Order, checkpoint));
            }

            Drop();
            pool.Tell(new WorkStopped(stop.Order));
        });
    }

    private void Guarded(Action act)
    {
        var order = current;
        try
        {
            act();
        }
        catch (Exception e)
        {
            var (fault, message) = StepRunner.Classify(e);
            if (fault == "out-of-memory" && runner is { CanSplitBatches: false })
            {
                // Its batches are whole or nothing: all there is to do is to wait for memory.
                fault = "memory";
            }

            // What fails while it is opened failed where it was to go on from, not at its start.
            var position = runner?.Position ?? order?.Checkpoints.FirstOrDefault()?.Position ?? 0;
            if (fault == "error")
            {
                // Nobody foresaw it: where it came from is worth more than its sentence, which the run's event says.
                log.Warning(e, "Step {Step} on {Device} failed at {Position}: {Message}", order?.Spec.Name, device, position, message);
            }

            Drop();
            if (order is not null)
            {
                pool.Tell(new WorkFault(order.Order, fault, message, position, (e as Storage.DamagedArtifactException)?.Hash));
            }
        }
    }

    private void Drop()
    {
        runner?.Dispose();
        runner = null;
        current = null;
    }

    private sealed class NextSlice
    {
        public static readonly NextSlice Instance = new();
    }
}

/// <summary>Counts how often a compute thread has moved; read by whoever watches it.</summary>
public sealed class PulseCounter
{
    private long count;

    public long Count => Interlocked.Read(ref count);

    public void Move() => Interlocked.Increment(ref count);
}
