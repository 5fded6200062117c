using System.Collections.Immutable;
using Fer.Actors.Sweeps;

namespace Fer.Host.Live.Web;

/// <summary>Whether this host does what it is there for, as whoever watches it asks.</summary>
/// <param name="Status"><c>ok</c> or <c>failing</c>.</param>
/// <param name="Problems">A sentence each.</param>
/// <param name="SilentSeconds">Since the host's last word in the database; null: it is not known.</param>
internal sealed record Health(string Status, string Host, bool IsDraining, double? SilentSeconds, ImmutableArray<string> Problems)
{
    public bool IsOk => Problems.IsEmpty;

    /// <param name="host">This host's name.</param>
    /// <param name="lease">A host that has been silent for longer is as good as gone.</param>
    /// <param name="hosts">What the database said just now; null: it did not answer.</param>
    /// <param name="trouble">What it said instead.</param>
    public static Health Of(string host, TimeSpan lease, IEnumerable<HostRow>? hosts, string trouble)
    {
        var row = hosts?.FirstOrDefault(h => h.Name == host);
        string[] problems = hosts is null ? [$"The database does not answer: {trouble}"]
            : row is null ? [$"Host '{host}' is not in the list yet, or has left."]
            : row.Silent > lease ? [FormattableString.Invariant($"Host '{host}' has said nothing for {Math.Min(row.Silent.TotalSeconds, 1e6):0} s.")]
            : [];
        return new Health(problems.Length == 0 ? "ok" : "failing", host, row?.IsDraining ?? false, row is null ? null : Math.Round(row.Silent.TotalSeconds, 3), [.. problems]);
    }
}
