using Fer.Actors.Tests.Hosts;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>Hosts on a network of their own that is cut: the side that reaches the database goes on.</summary>
[Collection("hosts")]
public sealed class PartitionTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("cut off", 2)]
    [InlineData("heard by nobody", 2)]
    [InlineData("cut off", 3)]
    public void A_host_that_is_loses_its_step_to_another_and_drops_it_when_the_network_is_whole_again(string how, int hosts)
    {
        using var network = new HostNetwork("a", "b", "c");
        using var cluster = new TestCluster(postgres, "cluster.lease=2s", "cluster.beat=500ms");
        using var wire = new Wire(cluster.Journal.ConnectionString, network.Gateway);
        using var authority = new TestAuthority(cluster.Store, "lab");
        var a = Start("a");
        a.Says("a coordinates");
        var b = Start("b");
        a.Says("a sees b");
        b.Says("b sees a");
        if (hosts == 3)
        {
            Start("c").Says("c sees a");
        }

        cluster.Submit();
        var step = cluster.InTheMiddle();
        var lost = cluster.Host(step.Host);

        Cut(lost.Name);
        var taken = cluster.TakenAfter(step);
        var other = cluster.Host(taken.Host);
        other.Says($"no longer sees {lost.Name}");
        var healed = lost.Now;
        network.Heal(lost.Name);

        Assert.NotEqual(lost.Name, other.Name);
        lost.Says("another's", healed);
        cluster.CompletesAsIfNothingHadHappened();
        Assert.Empty(cluster.Rows.TakenFrom(lost.Name, taken));

        // A host that hears all and is heard by nobody may not have missed the other when the network is whole again.
        other.Sees(lost.Name);
        lost.Sees(other.Name);

        void Cut(string host)
        {
            if (how == "cut off")
            {
                network.Cut(host);
            }
            else
            {
                network.Mute(host);
            }
        }

        HostProcess Start(string name)
        {
            var tls = authority.Host(name);
            string[] sets = [$"cluster.address={network.Address(name)}", $"cluster.tls.certificate={tls.Certificate}", $"cluster.tls.authority={tls.Authority}"];
            return cluster.Start(name, sets, wire.ConnectionString, start =>
            {
                start.Environment["FER_CLUSTER_TLS_PASSWORD"] = tls.Password;
                return network.In(name, start);
            });
        }
    }
}
