using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;

namespace Fer.Actors.Hosts;

/// <summary>What presence tells its owner, from the actor's thread: nothing of it may block.</summary>
internal sealed record PresenceEars(Action<string> OnHint, Action<ImmutableArray<HostSeen>> OnOthers, Action<string> OnEnd);

/// <summary>Sends a hint to every other reachable host; never leaves this process itself.</summary>
internal sealed record SendHint(string What);

/// <summary>Turns the cluster's events into <see cref="HostSeen"/>, carries hints, and notices that the others have given this host up.</summary>
internal sealed class PresenceActor : ReceiveActor
{
    public const string Name = "presence";

    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly PresenceEars ears;
    private readonly Dictionary<UniqueAddress, Member> members = [];
    private readonly HashSet<UniqueAddress> unreachable = [];

    public PresenceActor(PresenceEars ears)
    {
        this.ears = ears;
        Receive<ClusterEvent.MemberStatusChange>(OnMember);
        Receive<ClusterEvent.UnreachableMember>(e => OnReachability(unreachable.Add(e.Member.UniqueAddress)));
        Receive<ClusterEvent.ReachableMember>(e => OnReachability(unreachable.Remove(e.Member.UniqueAddress)));
        Receive<ThisActorSystemQuarantinedEvent>(e => ears.OnEnd($"the host at {Text(e.RemoteAddress)} has shut it out after taking it for dead"));
        Receive<HostHint>(hint => ears.OnHint(hint.What));
        Receive<SendHint>(Send);

        cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
    }

    public static string Text(Address address) => $"{address.Host}:{address.Port}";

    private bool IsSelf(UniqueAddress address) => address.Equals(cluster.SelfUniqueAddress);

    private void OnMember(ClusterEvent.MemberStatusChange e)
    {
        // Who leaves is gone for every purpose here; who joins is there before all have heard of it.
        if (e.Member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up)
        {
            members[e.Member.UniqueAddress] = e.Member;
        }
        else
        {
            members.Remove(e.Member.UniqueAddress);
            unreachable.Remove(e.Member.UniqueAddress);
            if (IsSelf(e.Member.UniqueAddress) && e.Member.Status is MemberStatus.Down)
            {
                ears.OnEnd("the other hosts have taken it for dead");
            }
        }

        Tell();
    }

    private void OnReachability(bool changed)
    {
        if (changed)
        {
            Tell();
        }
    }

    private void Tell() => ears.OnOthers([.. members.Values.Where(m => !IsSelf(m.UniqueAddress)).Select(m => new HostSeen(
        PresenceConfig.NameOf(m.Roles, Text(m.Address)), Text(m.Address), !unreachable.Contains(m.UniqueAddress), IsSelf: false))]);

    private void Send(SendHint hint)
    {
        foreach (var (address, _) in members.Where(m => !IsSelf(m.Key) && !unreachable.Contains(m.Key)))
        {
            Context.ActorSelection(new RootActorPath(address.Address) / "user" / Name).Tell(new HostHint(hint.What), ActorRefs.NoSender);
        }
    }
}
