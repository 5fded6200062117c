using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Fer.Actors.Devices;

namespace Fer.Actors.Tests.Devices;

/// <summary>An actor system of another user of this machine, that has read a worker's command line.</summary>
internal sealed class Stranger : IDisposable
{
    private readonly ActorSystem system;
    private readonly TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="link">A certificate of its own; null: it speaks without TLS.</param>
    public Stranger(WorkerLink? link)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor.provider = remote
              coordinated-shutdown {
                terminate-actor-system = off
                run-by-actor-system-terminate = off
              }
              remote.dot-netty.tcp { hostname = "127.0.0.1"
                port = 0
                enable-ssl = {{(link is null ? "off" : "on")}} }
            }
            """);
        var setup = BootstrapSetup.Create().WithConfig(config);
        system = link is null ? ActorSystem.Create("stranger", setup) : ActorSystem.Create("stranger", setup.And(link.Tls));
        var ears = system.ActorOf(Props.Create(() => new Ears(refused)));
        system.EventStream.Subscribe(ears, typeof(AssociationErrorEvent));
        system.EventStream.Subscribe(ears, typeof(DisassociatedEvent));
    }

    /// <summary>Completes once the other end has let it in no further.</summary>
    public Task Refused => refused.Task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Tells an actor to stop, as whoever is let in may.</summary>
    public void Stop(string path) => system.ActorSelection(path).Tell(PoisonPill.Instance);

    public void Dispose() => system.Terminate().Wait(TimeSpan.FromSeconds(20));

    private sealed class Ears : ReceiveActor
    {
        public Ears(TaskCompletionSource refused) => Receive<RemotingLifecycleEvent>(_ => refused.TrySetResult());
    }
}
