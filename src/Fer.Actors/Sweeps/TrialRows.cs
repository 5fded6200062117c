using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.Search;

namespace Fer.Actors.Sweeps;

/// <summary>A trial's run as a sweep looks at it again and again.</summary>
public sealed record TrialRow(string Id, int Trial, int Attempt, string Status, string Wish, string Reason);

/// <summary>What rows of a sweep's runs are not as its state says, and how to mend it.</summary>
/// <param name="Missing">Trials without a run.</param>
/// <param name="Wishes">Runs, and what they are to do.</param>
/// <param name="Over">Runs of trials that are not, as far as the sweep knows: what ended, or stands for a fault.</param>
internal sealed record RowsToMend(ImmutableArray<int> Missing, ImmutableArray<(string Run, string Wish)> Wishes, ImmutableArray<TrialRow> Over)
{
    public bool IsNothing => Missing.IsEmpty && Wishes.IsEmpty && Over.IsEmpty;
}

/// <summary>Compares what rows say with what they should say: pure, so that whatever happened in between, the answer is the same.</summary>
internal static class TrialRows
{
    public const string Resume = "resume";

    /// <param name="rows">Runs of the sweep that live, and all runs of trials that were not over when they were asked for.</param>
    /// <param name="asked">Those trials.</param>
    public static RowsToMend Compare(SweepState state, ImmutableArray<TrialRow> rows, ImmutableSortedSet<int> asked)
    {
        var byId = rows.ToDictionary(r => r.Id, StringComparer.Ordinal);
        var missing = state.Active.Except(state.Standing).Where(n => asked.Contains(n) && !byId.ContainsKey(state.RunIdOf(state.Trial(n)))).ToImmutableArray();
        var (wishes, over) = (ImmutableArray.CreateBuilder<(string, string)>(), ImmutableArray.CreateBuilder<TrialRow>());
        foreach (var row in rows.Where(r => r.Trial >= 1 && r.Trial <= state.Trials.Count))
        {
            var trial = state.Trial(row.Trial);
            if (trial.IsOver || trial.Attempt > row.Attempt)
            {
                if (!RunRowStatus.IsOver(row.Status) && !WishFile.Ends(row.Wish))
                {
                    wishes.Add((row.Id, WishFile.Drop));
                }
            }
            else if (RunRowStatus.IsOver(row.Status))
            {
                over.Add(row);
            }
            else if (WishOf(state, trial) is var wish && Needs(row, wish) is { } answer)
            {
                if (answer == IsFault)
                {
                    over.Add(row);
                }
                else
                {
                    wishes.Add((row.Id, answer));
                }
            }
        }

        return new RowsToMend(missing, wishes.ToImmutable(), over.ToImmutable());
    }

    /// <summary>What a trial's run should do.</summary>
    private static string WishOf(SweepState state, TrialState trial) =>
        trial.Doomed || state.IsOver ? WishFile.Drop
        : trial.Status == TrialStatus.Waiting || state.Standing.Contains(trial.Number) ? WishFile.Stand
        : Resume;

    private const string IsFault = "fault";

    // A wish that waits says what the run will be, whatever it is now.
    private static string? Needs(TrialRow row, string wish)
    {
        var isPaused = row.Status == RunRowStatus.Paused;
        var will = row.Wish.Length > 0 ? row.Wish : isPaused ? WishFile.Stand : Resume;
        if (will == wish)
        {
            return null;
        }

        return wish switch
        {
            WishFile.Drop => will == WishFile.Cancel ? null : wish,

            // Stands already, whoever asked for it.
            WishFile.Stand => will == WishFile.Pause ? null : wish,

            // A person's wish, or what a person paused, is the person's.
            _ when row.Wish == WishFile.Pause || row.Wish == WishFile.Cancel => null,
            _ when row.Wish.Length > 0 => wish,
            _ => row.Reason switch
            {
                Pausing.BySweep => wish,
                Pausing.ByUser => null,
                _ => IsFault,
            },
        };
    }
}
