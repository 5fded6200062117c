using System.Diagnostics.Metrics;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Hosting;

/// <summary>The meter <c>Fer</c>: what a dashboard wants to know of runs.</summary>
public static class FerMeter
{
    public const string Name = "Fer";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> StepSeconds = Meter.CreateHistogram<double>("fer.step.duration", "s", "Time of completed steps, by kind.");

    private static readonly Counter<long> Drawn = Meter.CreateCounter<long>("fer.images.drawn", "{image}", "Images drawn for the filter.");

    private static readonly Counter<long> Kept = Meter.CreateCounter<long>("fer.images.kept", "{image}", "Images that the filter kept.");

    private static readonly Counter<long> Faults = Meter.CreateCounter<long>("fer.faults", "{fault}", "Faults of steps, by kind.");

    private static readonly UpDownCounter<int> Busy = Meter.CreateUpDownCounter<int>("fer.slots.busy", "{slot}", "Slots that carry a step.");

    internal static Histogram<double> JournalSeconds { get; } = Meter.CreateHistogram<double>("fer.journal.latency", "s", "From handing events to the journal to having them back.");

    internal static void Count(IRunEvent e, RunState state)
    {
        switch (e)
        {
            case StepStarted:
                Busy.Add(1);
                break;
            case StepCompleted c:
                Busy.Add(-1);
                var step = state.Steps[c.Step];
                StepSeconds.Record((c.At - step.Attempts[^1].Started).TotalSeconds, new KeyValuePair<string, object?>("kind", step.Spec.Kind));
                if (c.Figures.TryGetValue("drawn", out var drawn) && c.Figures.TryGetValue("kept", out var kept))
                {
                    Drawn.Add((long)drawn);
                    Kept.Add((long)kept);
                }

                break;
            case StepFailed f:
                Busy.Add(-1);
                Faults.Add(1, new KeyValuePair<string, object?>("fault", f.Fault));
                break;
        }
    }
}
