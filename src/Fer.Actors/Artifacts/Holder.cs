using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Fer.Actors.Artifacts;

/// <summary>A host that gives away what lies in its store.</summary>
/// <param name="Url">Of its door, such as <c>https://10.0.0.7:5071</c>.</param>
/// <param name="Store">Identity of its disk's folder: of two hosts on one, a copy is one.</param>
/// <param name="Life">Another for each life of a process.</param>
public sealed record Holder(string Name, string Url, string Store, string Life)
{
    /// <summary>It speaks, and is where its URL says.</summary>
    public bool IsThere { get; init; } = true;

    /// <summary>It takes copies, and they count: it is there, and neither drains nor leaves.</summary>
    public bool Keeps { get; init; } = true;

    /// <summary>How long this process has known that it is not there.</summary>
    public TimeSpan Away { get; init; }

    /// <summary>
    /// Holders in the order in which copies of an artifact are laid down and looked for: highest random weight (Thaler and Ravishankar, 1998). All
    /// agree on it without a word, and one that comes or goes moves nothing between the others.
    /// </summary>
    public static ImmutableArray<Holder> InOrder(IEnumerable<Holder> holders, string artifact) =>
        [.. holders.OrderByDescending(h => Weight(h.Name, artifact)).ThenBy(h => h.Name, StringComparer.Ordinal)];

    private static ulong Weight(string name, string artifact) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{artifact}/{name}")));
}
