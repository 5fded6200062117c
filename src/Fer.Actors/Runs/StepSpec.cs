using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Fer.Actors.Runs;

/// <summary>
/// A step of a run as data: equal specs give equal bytes, wherever and however often they run.
/// </summary>
/// <param name="Name">Where it stands in the run, unique there (<c>gan/round-1/all</c>); for people and plans, not hashed.</param>
/// <param name="Kind">What it does; a step catalog opens it.</param>
/// <param name="Version">Version of the kind's wiring; raised when the same inputs would give other bytes.</param>
/// <param name="Inputs">Artifacts it reads: role → SHA-256 (hex).</param>
/// <param name="Settings">The kind's settings as JSON.</param>
/// <param name="Seed">Root of every random draw in it.</param>
public sealed record StepSpec(string Name, string Kind, int Version, ImmutableSortedDictionary<string, string> Inputs, string Settings, long Seed)
{
    /// <summary>SHA-256 (hex) over all that decides the step's bytes, the fingerprint included.</summary>
    public string HashUnder(Fingerprint fingerprint)
    {
        var text = new StringBuilder().Append(Kind).Append('\n').Append(Version).Append('\n').Append(Seed).Append('\n');
        foreach (var (role, hash) in Inputs.OrderBy(i => i.Key, StringComparer.Ordinal))
        {
            text.Append(role).Append('=').Append(hash).Append('\n');
        }

        text.Append(Settings).Append('\n').Append(fingerprint.Digest);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>
/// What decides bits beside a step's spec, by name: Fer.Models' code, native libraries, processor features, threads a
/// slot, precision. Chosen once when a run starts and written into its first event.
/// </summary>
public sealed record Fingerprint(ImmutableSortedDictionary<string, string> Facts)
{
    /// <summary>SHA-256 (hex) over the facts.</summary>
    [JsonIgnore]
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Facts.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value}")))));

    /// <summary>A sentence part for each fact that differs: <c>torch: 2.10 then, 2.11 now</c>.</summary>
    public ImmutableArray<string> Differences(Fingerprint now) =>
    [
        .. Facts.Keys.Union(now.Facts.Keys).Order(StringComparer.Ordinal)
            .Where(k => Facts.GetValueOrDefault(k) != now.Facts.GetValueOrDefault(k))
            .Select(k => $"{k}: {Facts.GetValueOrDefault(k, "nothing")} then, {now.Facts.GetValueOrDefault(k, "nothing")} now"),
    ];

    public bool Equals(Fingerprint? other) => other is not null && Digest == other.Digest;

    public override int GetHashCode() => Digest.GetHashCode(StringComparison.Ordinal);
}
