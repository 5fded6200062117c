using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit.Xunit;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;

namespace Fer.Actors.Tests.Runs;

/// <summary>What an owner of steps asks of a pool; the test stands where the pool does.</summary>
public sealed class StepOwnerTests() : TestKit("""
    akka { loggers = ["Akka.Event.DefaultLogger, Akka"]
      loglevel = OFF
      stdout-loglevel = OFF }
    """)
{
    [Theory]
    [InlineData(StepKinds.Gan, "the run's kind of slot")]
    [InlineData(StepKinds.Sample, "the run's kind of slot")]
    [InlineData(StepKinds.Validate, "any of its code and processor")]
    [InlineData(StepKinds.Verdict, "any of its code and processor")]
    public void A_step_keeps_to_the_runs_kind_of_slot_unless_it_needs_no_network(string kind, string where)
    {
        var pool = CreateTestProbe();
        var setup = new StepOwnerSetup("run", "", "fp32", "the run's kind of slot", "any of its code and processor", new EngineSettings(), pool, TimeProvider.System);
        var owner = Sys.ActorOf(Props.Create(() => new Owner(setup)));

        owner.Tell(new Carry(new StepSpec("step", kind, StepKinds.VersionOf(kind), ImmutableSortedDictionary<string, string>.Empty, "{}", 1), "hash", null, 1, 0));

        Assert.Equal(where, pool.ExpectMsg<Place>().Where);
    }

    private sealed class Owner(StepOwnerSetup setup) : StepOwner(setup)
    {
        protected override string Describe(StepSpec step) => step.Name;
    }
}
