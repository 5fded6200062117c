using System.Collections.Immutable;

namespace Fer.Actors.Sweeps;

/// <summary>A sweep as admission sees it.</summary>
/// <param name="Active">Trials that are handed over and not over.</param>
/// <param name="Wants">Trials that it would start now.</param>
internal sealed record Applicant(string Sweep, string User, int Priority, double Share, int Active, int Wants);

/// <summary>
/// Who may start trials: a pure function. Higher priorities first; within one, whoever's user has the fewest active trials for its share;
/// a user's sweeps by turns. Room is counted in trials, so what runs is never taken away.
/// </summary>
internal static class Admission
{
    /// <param name="room">Trials that may be active in all.</param>
    /// <returns>Sweep → trials it may start, where that is more than none.</returns>
    public static ImmutableSortedDictionary<string, int> Of(ImmutableArray<Applicant> applicants, int room)
    {
        var active = applicants.ToDictionary(a => a.Sweep, a => a.Active, StringComparer.Ordinal);
        var granted = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var free = room - active.Values.Sum(); free > 0; free--)
        {
            var next = applicants
                .Where(a => granted.GetValueOrDefault(a.Sweep) < a.Wants)
                .OrderByDescending(a => a.Priority).ThenBy(a => UsedBy(a) / a.Share).ThenBy(a => active[a.Sweep]).ThenBy(a => a.Sweep, StringComparer.Ordinal)
                .FirstOrDefault();
            if (next is null)
            {
                break;
            }

            granted[next.Sweep] = granted.GetValueOrDefault(next.Sweep) + 1;
            active[next.Sweep]++;
        }

        return granted.ToImmutableSortedDictionary(StringComparer.Ordinal);

        double UsedBy(Applicant a) => applicants.Where(o => o.User == a.User).Sum(o => active[o.Sweep]);
    }
}
