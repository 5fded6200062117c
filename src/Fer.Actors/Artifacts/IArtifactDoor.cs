using System.Security.Cryptography.X509Certificates;
using Fer.Actors.Storage;

namespace Fer.Actors.Artifacts;

/// <summary>What a door gives away, where, and to whom.</summary>
/// <param name="Keep">Answers another host that asks for copies to be kept.</param>
/// <param name="Address">Name or number that other hosts reach this one by.</param>
/// <param name="Port">0: any free one.</param>
/// <param name="Key">Whoever does not sign with it is refused (<see cref="ArtifactLine.Sign"/>).</param>
/// <param name="Certificate">This host's, with its key; null: no TLS, on loopback only.</param>
/// <param name="Accepts">Whether a peer's certificate is a host's.</param>
public sealed record ArtifactDoorSetup(ArtifactStore Store, Func<KeepRequest, Task<KeepAnswer>> Keep, string Address, int Port, string Key, X509Certificate2? Certificate, Func<X509Certificate2?, X509Chain?, bool> Accepts);

/// <summary>A host's door: others fetch from its store there, and ask it to keep copies of theirs.</summary>
public interface IArtifactDoor : IAsyncDisposable
{
    int Port { get; }
}
