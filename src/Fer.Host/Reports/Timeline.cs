using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Host.Hosting;
using Fer.Host.Reports.Charts;

namespace Fer.Host.Reports;

/// <summary>
/// A run's attempts as bars on its devices. Stretches where nothing ran (a pause over night, a host that was down) are
/// drawn short, so that the work stays readable.
/// </summary>
internal sealed class Timeline
{
    // A dead process leaves no last word. What it was doing is drawn up to the next claim when that came soon, else up to its last sign of life.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(10);

    private const double Minute = 60, Hour = 3600, Day = 86400;

    /// <summary>Seconds from tick to tick that a reader counts in.</summary>
    private static readonly double[] TickSteps =
        [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, Minute, 2 * Minute, 5 * Minute, 10 * Minute, 15 * Minute, 30 * Minute, Hour, 2 * Hour, 3 * Hour, 6 * Hour, 12 * Hour, Day, 2 * Day, 7 * Day, 14 * Day, 28 * Day];

    private const int MostTicks = 9;

    /// <summary>Between two steps of a short run: no idleness that anybody asks about.</summary>
    private static readonly TimeSpan Unseen = TimeSpan.FromSeconds(10);

    private readonly List<(DateTimeOffset From, DateTimeOffset To)> idle = [];
    private readonly DateTimeOffset begin;
    private readonly double shortIdle;

    private sealed record Work(string Step, Attempt Attempt, DateTimeOffset End, int Number, bool IsOpen);

    private Timeline(RunState state, IReadOnlyList<Work> works)
    {
        begin = works.Min(w => w.Attempt.Started);
        var busy = Merge(works).ToList();
        var worked = TimeSpan.FromTicks(busy.Sum(b => (b.To - b.From).Ticks));
        idle.AddRange(busy.Zip(busy.Skip(1), (a, b) => (a.To, b.From)).Where(g => g.Item2 - g.Item1 > Max(worked * 0.08, Unseen)));
        shortIdle = Max(worked * 0.04, Unseen / 2).TotalSeconds;
        var lanes = works.Select(w => w.Attempt.Device).Distinct().Order(StringComparer.Ordinal).ToList();
        Chart = new GanttChart("Steps on devices over time", lanes, [.. works.Select(w => Bar(w, lanes))])
        {
            Marks = [.. state.Claims.Where(c => c.Number > 1 && c.At >= begin).Select((c, i) => (At(c.At), Say.Text($"restart {i + 1}"), $"Taken up by {c.Host}, process {c.ProcessId}, {Say.Time(c.At)}"))],
            Breaks = [.. idle.Select(g => (At(g.From), At(g.To), Rough(g.To - g.From) + " idle"))],
            Ticks = [.. Ticks(works.Max(w => w.End))],
            XTitle = $"time since {Say.Time(begin)}",
        };
    }

    public GanttChart Chart { get; }

    /// <summary>Null while no step was ever started.</summary>
    public static Timeline? Of(RunState state)
    {
        // What was there already ran nowhere.
        var works = state.Steps.Values.Where(s => !s.WasThere).SelectMany(s => s.Attempts.Select((a, i) => new Work(s.Spec.Name, a, End(state, s, i), i + 1, i == s.Attempts.Length - 1 && state.Status == RunStatus.Running))).OrderBy(w => w.Attempt.Started).ToList();
        return works.Count == 0 ? null : new Timeline(state, works);
    }

    /// <summary>Which actor owns a step, as a colour and its name for the key.</summary>
    public static (int Colour, string Actor) Owner(string step) => StepPlace.Of(step).Kind switch
    {
        "warm-up" or "gan" => (1, "GeneratorActor"),
        "sample" or "unfiltered" or "filter" or "soft-labels" or "quality" or "variety" or "audit" => (3, "ClassifierFilterActor"),
        _ => (2, "TrainerActor"),
    };

    private static DateTimeOffset End(RunState state, StepState step, int index)
    {
        var attempt = step.Attempts[index];
        if (attempt.Ended is { } ended)
        {
            return ended;
        }

        var end = state.EndedAt ?? state.LastEventAt ?? attempt.Started;
        var claim = state.Claims.Where(c => c.At > attempt.Started).Select(c => (DateTimeOffset?)c.At).FirstOrDefault();
        var stops = state.Incidents.OfType<RunPaused>().Select(p => p.At).Concat(step.Attempts.Skip(index + 1).Select(a => a.Started)).Where(t => t > attempt.Started).Append(end);
        end = stops.Min();
        return claim is { } c && c < end ? (c - attempt.Started <= Soon ? c : Max(attempt.Started, LastSign(state, c))) : end;
    }

    private static DateTimeOffset LastSign(RunState state, DateTimeOffset before) => state.Steps.Values.SelectMany(s => s.Attempts)
        .SelectMany(a => new[] { a.Started, a.Ended ?? a.Started }).Concat(state.Incidents.Select(i => i.At)).Concat(state.Decisions.Values.Select(d => d.At)).Where(t => t < before).Max();

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Merge(IReadOnlyList<Work> works)
    {
        var (from, to) = (works[0].Attempt.Started, works[0].End);
        foreach (var w in works.Skip(1))
        {
            if (w.Attempt.Started > to)
            {
                yield return (from, to);
                (from, to) = (w.Attempt.Started, w.End);
            }

            to = Max(to, w.End);
        }

        yield return (from, to);
    }

    // Seconds of the chart: real ones, less what each idle stretch before is shortened by.
    private double At(DateTimeOffset time)
    {
        var seconds = (time - begin).TotalSeconds;
        foreach (var (from, to) in idle)
        {
            var length = (to - from).TotalSeconds;
            var inside = Math.Clamp((time - from).TotalSeconds, 0, length);
            seconds -= inside - inside / length * shortIdle;
        }

        return seconds;
    }

    private GanttBar Bar(Work w, List<string> lanes)
    {
        var how = w.Attempt.End ?? (w.IsOpen ? "not ended yet" : "its end was not recorded");
        var number = w.Number > 1 ? Say.Text($", attempt {w.Number}") : "";
        return new GanttBar(lanes.IndexOf(w.Attempt.Device), At(w.Attempt.Started), At(w.End), Owner(w.Step).Colour, w.Attempt.End == "completed", w.Step,
            $"{w.Step}{number} on {w.Attempt.Device}: {Say.Time(w.Attempt.Started)}, {Say.Span(w.End - w.Attempt.Started)}, {how}");
    }

    // In every stretch of work; while nothing ran no time is told, for it is drawn short.
    private IEnumerable<(double, string)> Ticks(DateTimeOffset end)
    {
        var seconds = At(end);
        var step = TickSteps.FirstOrDefault(s => seconds / s < MostTicks, TickSteps[^1]);
        foreach (var (from, to) in idle.Select(g => g.To).Prepend(begin).Zip(idle.Select(g => g.From).Append(end)))
        {
            for (var n = Math.Ceiling((from - begin).TotalSeconds / step); n * step <= (to - begin).TotalSeconds; n++)
            {
                yield return (At(begin + TimeSpan.FromSeconds(n * step)), n == 0 ? "0" : Round(TimeSpan.FromSeconds(n * step)));
            }
        }
    }

    private static string Rough(TimeSpan length)
    {
        var unit = length.TotalHours >= 2 ? Minute : 1;
        return Round(TimeSpan.FromSeconds(Math.Round(length.TotalSeconds / unit) * unit));
    }

    private static string Round(TimeSpan at)
    {
        var seconds = at.Seconds + at.Milliseconds / 1000.0;
        string[] parts = [at.Days > 0 ? Say.Text($"{at.Days} d") : "", at.Hours > 0 ? Say.Text($"{at.Hours} h") : "", at.Minutes > 0 ? Say.Text($"{at.Minutes} min") : "", seconds > 0 ? Say.Text($"{seconds:0.#} s") : ""];
        return string.Join(' ', parts.Where(p => p.Length > 0));
    }
}
