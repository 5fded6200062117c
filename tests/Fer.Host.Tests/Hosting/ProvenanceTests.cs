using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Hosting;

namespace Fer.Host.Tests.Hosting;

public class ProvenanceTests
{
    [Fact]
    public void A_run_of_a_device_that_does_not_exist_here_differs_by_its_device()
    {
        var state = RunState.Empty with { Fingerprint = new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("device", "tpu").Add("gpu", "one of a kind")) };
        var provenance = new Provenance(state, new ArtifactStore(Path.GetTempPath()), new EngineSettings { Devices = ["cuda:99"] });

        Assert.Contains(provenance.Differences(), d => d.Contains("tpu", StringComparison.Ordinal));
    }
}
