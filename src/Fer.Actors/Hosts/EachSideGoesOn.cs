using Akka.Actor;
using Akka.Cluster;

namespace Fer.Actors.Hosts;

/// <summary>
/// The one downing strategy: whoever is unreachable for <see cref="PresenceConfig.GoneAfter"/> is taken for gone, by every
/// side of a split of the others. Each strategy that comes with the cluster makes some survivor end itself (of two hosts,
/// of three when two die), because it guards singletons; there are none here. Who owns and who leads is a row in the
/// database, so two clusters for a while cost nothing but hints, and a majority's vote would only take presence away from
/// hosts that work. When a split heals, both sides know each other as dead: <see cref="Presence"/> starts the side
/// without the seed again, and it joins.
/// </summary>
internal sealed class EachSideGoesOn : IDowningProvider
{
    private readonly Cluster cluster;

    // Made by the cluster, with these two.
    public EachSideGoesOn(ActorSystem _, Cluster cluster) => this.cluster = cluster;

    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    public Props DowningActorProps => Props.Create(() => new DownTheUnreachable(cluster));

    private sealed class DownTheUnreachable : ReceiveActor, IWithTimers
    {
        public DownTheUnreachable(Cluster cluster)
        {
            // A change of mind of the failure detector ends the wait; the timer's key is the incarnation, not the address.
            Receive<ClusterEvent.CurrentClusterState>(state =>
            {
                foreach (var member in state.Unreachable)
                {
                    Wait(member);
                }
            });
            Receive<ClusterEvent.UnreachableMember>(e => Wait(e.Member));
            Receive<ClusterEvent.ReachableMember>(e => Timers.Cancel(e.Member.UniqueAddress));
            Receive<ClusterEvent.MemberRemoved>(e => Timers.Cancel(e.Member.UniqueAddress));
            Receive<Gone>(gone => cluster.Down(gone.Who.Address));
            cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.MemberRemoved));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private void Wait(Member member) => Timers.StartSingleTimer(member.UniqueAddress, new Gone(member.UniqueAddress), PresenceConfig.GoneAfter);

        private sealed record Gone(UniqueAddress Who);
    }
}
