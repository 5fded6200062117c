using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Host.Hosting;

namespace Fer.Host.Live;

/// <summary>A step that runs now, as a view shows it.</summary>
/// <param name="PerSecond">Units a second; null while it is not known.</param>
internal sealed record StepRow(string Step, string Device, long Position, long Length, string Unit, double? PerSecond, IReadOnlyDictionary<string, double> Figures)
{
    public TimeSpan? Left => PerSecond is > 0 and { } rate ? TimeSpan.FromSeconds(Math.Max(0, Length - Position) / rate) : null;
}

/// <summary>What is known of a run at one moment.</summary>
internal sealed record ProgressView(RunState State, IReadOnlyList<StepRow> Steps, TimeSpan Elapsed);

/// <summary>Gathers what the engine tells, quickly and from any thread, for views that look now and then.</summary>
internal sealed class RunProgress(TimeProvider clock) : IRunObserver
{
    private readonly Lock gate = new();
    private readonly long started = clock.GetTimestamp();
    private readonly SortedDictionary<string, (LiveStep Live, RateMeter Rate)> steps = new(StringComparer.Ordinal);
    private readonly Queue<string> lines = new();
    private RunState state = RunState.Empty;

    public void OnEvent(IRunEvent e, RunState after)
    {
        var words = EventWords.Of(e, after);
        lock (gate)
        {
            state = after;
            if (e is StepCompleted or StepFailed or StepStarted)
            {
                steps.Remove(words.Step!);
            }

            if (words.IsNews)
            {
                lines.Enqueue(words.Sentence);
            }
        }
    }

    public void OnLive(LiveStep step)
    {
        lock (gate)
        {
            var rate = steps.TryGetValue(step.Step, out var known) ? known.Rate : new RateMeter();
            rate.Add(clock.GetElapsedTime(started), step.Position);
            steps[step.Step] = (step, rate);
        }
    }

    /// <summary>A line for whoever watches, beside the run's events.</summary>
    public void Say(string line)
    {
        lock (gate)
        {
            lines.Enqueue(line);
        }
    }

    /// <summary>Lines since the last call.</summary>
    public IReadOnlyList<string> TakeLines()
    {
        lock (gate)
        {
            var taken = lines.ToArray();
            lines.Clear();
            return taken;
        }
    }

    public ProgressView Look()
    {
        lock (gate)
        {
            return new ProgressView(
                state,
                [.. steps.Values.OrderBy(s => s.Live.Device, StringComparer.Ordinal).Select(s => new StepRow(s.Live.Step, s.Live.Device, s.Live.Position, s.Live.Length, s.Live.Unit, s.Rate.PerSecond, s.Live.Figures))],
                clock.GetElapsedTime(started));
        }
    }
}
