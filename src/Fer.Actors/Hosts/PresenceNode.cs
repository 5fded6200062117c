using System.Collections.Immutable;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Remote.Transport.DotNetty;
using Fer.Actors.Hosting;
using Fer.Models;
using Microsoft.Extensions.Logging;
using ClusterSettings = Fer.Actors.Hosting.ClusterSettings;

namespace Fer.Actors.Hosts;

/// <summary>One life of the actor system that presence lives in. It may end at any time; nothing that computes lives in it.</summary>
internal sealed class PresenceNode
{
    private const string SystemName = "fer-hosts";

    /// <summary>A system that does not end in time is left behind: its successor matters more.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(12);

    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorSystem system;
    private readonly Cluster cluster;
    private readonly IActorRef actor;

    private PresenceNode(ActorSystem system, Action<string> onHint, Action<PresenceNode, ImmutableArray<HostSeen>> onOthers)
    {
        this.system = system;
        cluster = Cluster.Get(system);
        var ears = new PresenceEars(onHint, others => onOthers(this, others), reason => ended.TrySetResult(reason));
        actor = system.ActorOf(Props.Create(() => new PresenceActor(ears)), PresenceActor.Name);
        system.WhenTerminated.ContinueWith(_ => ended.TrySetResult(WhyTerminated()), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Listens; joins nobody yet. Throws <see cref="BadInputException"/> where the certificates or the address are wrong.</summary>
    public static PresenceNode Start(ClusterSettings settings, ILoggerFactory logs, Action<string> onHint, Action<PresenceNode, ImmutableArray<HostSeen>> onOthers)
    {
        // Read at every start: a renewed certificate needs no new process.
        var certificates = HostCertificates.Load(settings.Tls);
        var setup = BootstrapSetup.Create().WithConfig(PresenceConfig.For(settings, certificates is not null)).And(new LogSetup(new PresenceLog(logs)));
        if (certificates is not null)
        {
            var log = logs.CreateLogger<Presence>();
            setup = setup.And(new DotNettySslSetup(certificates.Own, suppressValidation: false, requireMutualAuthentication: true, (peer, chain, from, _, _) => certificates.Accepts(peer, chain, from, log)));
        }

        try
        {
            return new PresenceNode(ActorSystem.Create(SystemName, setup), onHint, onOthers);
        }
        catch (Exception e) when (Find<SocketException>(e) is { } reason)
        {
            throw new BadInputException($"This host cannot listen on {settings.Address}:{settings.Port} ({reason.Message}): fer.cluster.address must be an address of this machine, and fer.cluster.port free (0: any).", e);
        }
    }

    /// <summary>host:port that others reach it at.</summary>
    public string Address => PresenceActor.Text(cluster.SelfAddress);

    /// <summary>Completes with the reason once this life is over or worth nothing any more.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Set by its owner: what it sees from now on is not to be believed.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether it is in a cluster, be it one of its own.</summary>
    public bool IsMember => cluster.State.Members.Any(m => m.UniqueAddress.Equals(cluster.SelfUniqueAddress));

    /// <summary>Whether a host at this address is in its cluster, reachable or not.</summary>
    public bool Knows(string address) => cluster.State.Members.Any(m => PresenceActor.Text(m.Address) == address);

    /// <summary>Joins through one of these; its own address first or alone: may begin a cluster. Nothing where it is in one.</summary>
    public void Join(IEnumerable<string> seeds) => cluster.JoinSeedNodes([.. seeds.Select(Parse)]);

    public void Hint(string what) => actor.Tell(new SendHint(what), ActorRefs.NoSender);

    /// <summary>For tests: takes a host for dead, as <see cref="EachSideGoesOn"/> does.</summary>
    internal void Down(string address) => cluster.Down(Parse(address));

    /// <summary>Says goodbye to the others, then ends.</summary>
    public Task LeaveAsync() => system.WhenTerminated.IsCompleted ? Task.CompletedTask : EndAsync(CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance));

    /// <summary>Ends without a word, as a crash would.</summary>
    public Task AbortAsync() => EndAsync(system.Terminate());

    private async Task EndAsync(Task end)
    {
        await Task.WhenAny(Task.WhenAll(end, system.WhenTerminated), Task.Delay(LongestEnd)).ConfigureAwait(false);
        if (!system.WhenTerminated.IsCompleted)
        {
            _ = system.Terminate();
        }
    }

    private Address Parse(string seed)
    {
        var colon = seed.LastIndexOf(':');
        return new Address(cluster.SelfAddress.Protocol, SystemName, seed[..colon], int.Parse(seed[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    // The TLS reason's type is the library's own: only its name can be asked.
    private string WhyTerminated() => CoordinatedShutdown.Get(system).ShutdownReason switch
    {
        null => "its actor system ended",
        CoordinatedShutdown.ClusterDowningReason => "the other hosts have taken it for dead",
        { } reason when reason.GetType().Name == "TlsHandshakeFailureReason" => "a host that it called showed no certificate of the authority, or refused this host's (fer.cluster.tls)",
        var reason => $"its actor system ended ({reason.GetType().Name})",
    };

    private static T? Find<T>(Exception e) where T : Exception => e switch
    {
        T found => found,
        AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(f => f is not null),
        { InnerException: { } inner } => Find<T>(inner),
        _ => null,
    };
}
