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

    private readonly List<(DateTimeOffset From, DateTimeOffset To)> idle = [];
    private readonly DateTimeOffset begin;
    private readonly double shortIdle;

    private sealed record Work(string Step, Attempt Attempt, DateTimeOffset End, int Number);

    private Timeline(RunState state, IReadOnlyList<Work> works)
    {
        begin = works.Min(w => w.Attempt.Started);
        var busy = Merge(works).ToList();
        var worked = TimeSpan.FromTicks(busy.Sum(b => (b.To - b.From).Ticks));
        idle.AddRange(busy.Zip(busy.Skip(1), (a, b) => (a.To, b.From)).Where(g => g.Item2 - g.Item1 > worked * 0.08));
        shortIdle = Math.Max(worked.TotalSeconds * 0.04, 1);
        var lanes = works.Select(w => w.Attempt.Device).Distinct().Order(StringComparer.Ordinal).ToList();
        Chart = new GanttChart("Steps on devices over time", lanes, [.. works.Select(w => Bar(w, lanes))])
        {
            Marks = [.. state.Claims.Where(c => c.Number > 1 && c.At >= begin).Select((c, i) => (At(c.At), Say.Text($"restart {i + 1}"), $"Taken up by {c.Host}, process {c.ProcessId}, {Say.Time(c.At)}"))],
            Breaks = [.. idle.Select(g => (At(g.From), At(g.To), Round(TimeSpan.FromMinutes(Math.Round((g.To - g.From).TotalMinutes))) + " idle"))],
            Ticks = [.. Ticks(works.Max(w => w.End))],
        };
    }

    public GanttChart Chart { get; }

    /// <summary>Null while no step was ever started.</summary>
    public static Timeline? Of(RunState state)
    {
        // What was there already ran nowhere.
        var works = state.Steps.Values.Where(s => !s.WasThere).SelectMany(s => s.Attempts.Select((a, i) => new Work(s.Spec.Name, a, End(state, s, i), i + 1))).OrderBy(w => w.Attempt.Started).ToList();
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
        var how = w.Attempt.End ?? "its end was not recorded";
        var number = w.Number > 1 ? Say.Text($", attempt {w.Number}") : "";
        return new GanttBar(lanes.IndexOf(w.Attempt.Device), At(w.Attempt.Started), At(w.End), Owner(w.Step).Colour, w.Attempt.End == "completed", w.Step,
            $"{w.Step}{number} on {w.Attempt.Device}: {Say.Time(w.Attempt.Started)}, {Say.Span(w.End - w.Attempt.Started)}, {how}");
    }

    private IEnumerable<(double, string)> Ticks(DateTimeOffset end)
    {
        var seconds = At(end);
        double[] steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400];
        var step = steps.FirstOrDefault(s => seconds / s <= 9, steps[^1]);
        for (var at = TimeSpan.Zero; begin + at <= end; at += TimeSpan.FromSeconds(step))
        {
            var time = begin + at;
            if (!idle.Any(g => time > g.From - TimeSpan.FromSeconds(step / 4) && time < g.To + TimeSpan.FromSeconds(step / 4)))
            {
                yield return (At(time), at == TimeSpan.Zero ? "0" : Round(at));
            }
        }
    }

    private static string Round(TimeSpan at)
    {
        string[] parts = [at.Days > 0 ? Say.Text($"{at.Days} d") : "", at.Hours > 0 ? Say.Text($"{at.Hours} h") : "", at.Minutes > 0 ? Say.Text($"{at.Minutes} min") : "", at.Seconds > 0 ? Say.Text($"{at.Seconds} s") : ""];
        return string.Join(' ', parts.Where(p => p.Length > 0));
    }
}
