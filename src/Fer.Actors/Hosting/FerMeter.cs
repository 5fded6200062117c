using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Hosting;

/// <summary>The meter <c>Fer</c>: what a dashboard wants to know of runs. <c>docs/metrics.md</c> lists the names, which do not change.</summary>
public static class FerMeter
{
    public const string Name = "Fer";

    internal static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> StepSeconds = Meter.CreateHistogram<double>("fer.step.duration", "s", "Time of completed steps, by kind.");

    private static readonly Counter<long> Drawn = Meter.CreateCounter<long>("fer.images.drawn", "{image}", "Images drawn for the filter.");

    private static readonly Counter<long> Kept = Meter.CreateCounter<long>("fer.images.kept", "{image}", "Images that the filter kept.");

    private static readonly Counter<long> Faults = Meter.CreateCounter<long>("fer.faults", "{fault}", "Faults of steps, by kind.");

    private static readonly ConcurrentDictionary<string, int> BusySlots = new(StringComparer.Ordinal);

    private static readonly Histogram<double> TrainingRate = Meter.CreateHistogram<double>("fer.training.rate", "{image}/s", "Images that training was shown in a second, by kind of step and device.");

    private static readonly ConcurrentDictionary<string, int> AllSlots = new(StringComparer.Ordinal);

    // Counted by the pool that fills and empties slots: events of a run lack those of a process that died.
    static FerMeter()
    {
        Meter.CreateObservableGauge("fer.slots.busy", () => ByDevice(BusySlots), "{slot}", "Slots that carry a step, by device.");
        Meter.CreateObservableGauge("fer.slots.limit", () => ByDevice(AllSlots), "{slot}", "Slots that there are, by device.");
    }

    internal static Histogram<double> JournalSeconds { get; } = Meter.CreateHistogram<double>("fer.journal.latency", "s", "From handing events to the journal to having them back.");

    /// <summary>A slot of a device carries a step from now on, or no longer.</summary>
    internal static void Slot(string device, bool isBusy) => BusySlots.AddOrUpdate(device, isBusy ? 1 : 0, (_, count) => count + (isBusy ? 1 : -1));

    /// <summary>A pool has slots on a device from now on (1 each), or no longer (-1 each).</summary>
    internal static void Slots(string device, int more) => AllSlots.AddOrUpdate(device, more, (_, count) => count + more);

    internal static void Trained(double imagesPerSecond, string kind, string device) =>
        TrainingRate.Record(imagesPerSecond, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("device", device));

    private static IEnumerable<Measurement<int>> ByDevice(ConcurrentDictionary<string, int> slots) =>
        slots.Select(s => new Measurement<int>(s.Value, new KeyValuePair<string, object?>("device", s.Key)));

    internal static void Count(IRunEvent e, RunState state)
    {
        switch (e)
        {
            case StepCompleted c:
                var step = state.Steps[c.Step];
                StepSeconds.Record((c.At - step.Attempts[^1].Started).TotalSeconds, new KeyValuePair<string, object?>("kind", step.Spec.Kind));
                if (c.Figures.TryGetValue("drawn", out var drawn) && c.Figures.TryGetValue("kept", out var kept))
                {
                    Drawn.Add((long)drawn);
                    Kept.Add((long)kept);
                }

                break;
            case StepFailed f:
                Faults.Add(1, new KeyValuePair<string, object?>("fault", f.Fault));
                break;
        }
    }
}
