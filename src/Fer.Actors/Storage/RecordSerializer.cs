using System.Collections.Frozen;
using System.Runtime.Serialization;
using System.Text.Json;
using Akka.Actor;
using Akka.Serialization;
using Fer.Actors.Devices;
using Fer.Actors.Hosts;
using Fer.Actors.Runs.V1;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Storage;

/// <summary>
/// Journal events, worker messages and what hosts tell each other as JSON under manifests that stay
/// (<c>StepCompleted.V1</c>), whatever happens to the types' names. An unknown manifest is an error, never a guess.
/// </summary>
public sealed class RecordSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly FrozenDictionary<string, Type> ByManifest = Manifests();

    private static readonly FrozenDictionary<Type, string> ByType = ByManifest.ToFrozenDictionary(p => p.Value, p => p.Key);

    public override int Identifier => 7001;

    /// <summary>All manifests in use, for golden tests.</summary>
    public static IEnumerable<string> KnownManifests => ByManifest.Keys;

    public override string Manifest(object o) => ManifestOf(o.GetType());

    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, obj.GetType(), Json.Options);

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    public static string ManifestOf(Type type) => ByType.TryGetValue(type, out var manifest)
        ? manifest
        : throw new SerializationException($"{type.FullName} has no manifest: add it to {nameof(RecordSerializer)}.");

    public static object Read(ReadOnlySpan<byte> bytes, string manifest)
    {
        if (!ByManifest.TryGetValue(manifest, out var type))
        {
            throw new SerializationException($"The journal has a record '{manifest}' that this version does not know; it was written by a newer one.");
        }

        return JsonSerializer.Deserialize(bytes, type, Json.Options) ?? throw new SerializationException($"A record '{manifest}' is null.");
    }

    private static FrozenDictionary<string, Type> Manifests() => typeof(RecordSerializer).Assembly.GetTypes()
        .Where(t => t is { IsAbstract: false, IsInterface: false })
        .Select(t => (Manifest: NameOf(t), Type: t))
        .Where(t => t.Manifest is not null)
        .ToFrozenDictionary(t => t.Manifest!, t => t.Type, StringComparer.Ordinal);

    private static string? NameOf(Type type) =>
        typeof(IRunEvent).IsAssignableFrom(type) ? $"{type.Name}.V1"
        : typeof(ISweepEvent).IsAssignableFrom(type) ? $"sweep.{type.Name}.V1"
        : typeof(IWorkerMessage).IsAssignableFrom(type) ? $"worker.{type.Name}"
        : typeof(IHostMessage).IsAssignableFrom(type) ? $"host.{type.Name}"
        : null;
}
