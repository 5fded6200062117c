using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Fer.Actors.Hosts;

namespace Fer.Actors.Tests.Hosts;

/// <summary>A program that says to presences what only a newer version would: under our serializer's number a manifest that nobody here knows.</summary>
internal static class StrangeWords
{
    /// <param name="address">host:port of a presence.</param>
    public static async Task SayAsync(string address)
    {
        var config = ConfigurationFactory.ParseString(
            $$"""
            akka { loglevel = ERROR
              actor { provider = remote
                serializers.newer = "{{typeof(Newer).AssemblyQualifiedName}}"
                serialization-bindings { "{{typeof(Dream).AssemblyQualifiedName}}" = newer } }
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } }
            """);
        using var system = ActorSystem.Create("newer", config);
        var ear = await system.ActorSelection($"akka.tcp://fer-hosts@{address}/user/{PresenceActor.Name}").ResolveOne(TimeSpan.FromSeconds(20));
        ear.Tell(new Dream());

        // Messages of one sender come in their order: what is answered after it came after it.
        await ear.Ask<ActorIdentity>(new Identify(1), TimeSpan.FromSeconds(20));
        await system.Terminate();
    }

    private sealed record Dream;

    private sealed class Newer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 7001;

        public override string Manifest(object o) => "host.Dream";

        public override byte[] ToBinary(object obj) => "{}"u8.ToArray();

        public override object FromBinary(byte[] bytes, string manifest) => new Dream();
    }
}
