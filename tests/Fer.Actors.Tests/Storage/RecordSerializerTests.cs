using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Storage;

public sealed class RecordSerializerTests
{
    private static readonly StepSpec Spec = new("gan/round-1/all", "gan", 1, ImmutableSortedDictionary<string, string>.Empty.Add("train", "ab12"), """{"Steps":10}""", -7);

    public static TheoryData<object> Messages =>
    [
        new StepOrder("1.generator.1", "run", Spec, "/store", [new CheckpointRef(20, 40, "cd34")], new Adjustments([new Adjustment(5, 0.5, 2)]), "fp32", TimeSpan.FromSeconds(30), 10),
        new StopWork("1.generator.1", true),
        new WorkerReady("cuda:0", 4711),
        new Pulse("cuda:0", 12),
        new WorkOpened("1.generator.1", 20),
        new WorkMoved("1.generator.1", 21, 40, "steps", ImmutableSortedDictionary<string, double>.Empty.Add("critic", double.NaN)),
        new WorkSaved("1.generator.1", new CheckpointRef(30, 40, "ef56")),
        new WorkDamaged("1.generator.1", "cd34", "cut"),
        new WorkDone("1.generator.1", ImmutableSortedDictionary<string, string>.Empty.Add("gan", "0a1b"), ImmutableSortedDictionary<string, double>.Empty.Add("loss", 0.1)),
        new WorkStopped("1.generator.1"),
        new WorkFault("1.generator.1", "non-finite", "critic loss is NaN", 25),
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_worker_message_arrives_as_it_was_sent(object message)
    {
        var manifest = RecordSerializer.ManifestOf(message.GetType());
        var bytes = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), Json.Options);

        var arrived = RecordSerializer.Read(bytes, manifest);

        Assert.IsType(message.GetType(), arrived);
        Assert.Equal(bytes, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(arrived, arrived.GetType(), Json.Options));
    }

    [Fact]
    public void Every_worker_message_is_tried_above() =>
        Assert.Equal(RecordSerializer.KnownManifests.Where(m => m.StartsWith("worker.", StringComparison.Ordinal)).Order(), Messages.Select(m => RecordSerializer.ManifestOf(m.Data.GetType())).Order());

    [Fact]
    public void A_hosts_hint_has_a_manifest_of_its_own_and_arrives_as_it_was_sent()
    {
        var hint = new HostHint("step ü");

        var manifest = RecordSerializer.ManifestOf(typeof(HostHint));
        var arrived = RecordSerializer.Read(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(hint, Json.Options), manifest);

        Assert.Equal("host.HostHint", manifest);
        Assert.Equal(hint, arrived);
    }

    [Fact]
    public void An_unknown_manifest_is_an_error_and_never_a_guess()
    {
        var error = Assert.Throws<SerializationException>(() => RecordSerializer.Read("{}"u8, "StepCompleted.V9"));

        Assert.Equal("The journal has a record 'StepCompleted.V9' that this version does not know; it was written by a newer one.", error.Message);
    }

    [Fact]
    public void A_record_that_is_null_is_an_error() => Assert.Throws<SerializationException>(() => RecordSerializer.Read("null"u8, "RunResumed.V1"));

    [Fact]
    public async Task A_runs_actor_system_writes_events_and_messages_by_this_serializer_and_refuses_all_that_is_unbound()
    {
        using var folder = new TemporaryFolder();
        var config = ActorConfig.ForRun(new RunFolder(folder.Path, "strict"), new JournalSettings(), [], remote: false);
        var system = ActorSystem.Create("fer-strict", config);

        var serializer = system.Serialization.FindSerializerFor(new RunResumed(DateTimeOffset.UnixEpoch));
        var refused = Assert.Throws<SerializationException>(() => system.Serialization.FindSerializerFor(Spec));

        Assert.Equal(7001, serializer.Identifier);
        Assert.IsType<RecordSerializer>(system.Serialization.FindSerializerFor(new WorkStopped("1")));
        Assert.Contains(nameof(StepSpec), refused.Message);
        await system.Terminate();
    }
}
