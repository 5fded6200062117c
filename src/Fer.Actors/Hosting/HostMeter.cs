using System.Diagnostics.Metrics;

namespace Fer.Actors.Hosting;

/// <summary>What an operator of hosts wants to know, on the meter <c>Fer</c>: a process is one host at most. <c>docs/metrics.md</c> lists the names, which do not change.</summary>
public static class HostMeter
{
    private static readonly Counter<long> Claims = FerMeter.Meter.CreateCounter<long>("fer.steps.claimed", "{step}", "Steps that this host's slots took.");

    private static readonly Counter<long> Completions = FerMeter.Meter.CreateCounter<long>("fer.steps.completed", "{step}", "Steps whose results this host's slots wrote down.");

    private static readonly Counter<long> Failures = FerMeter.Meter.CreateCounter<long>("fer.steps.failed", "{step}", "Steps whose faults this host's slots wrote down.");

    private static readonly Counter<long> Refusals = FerMeter.Meter.CreateCounter<long>("fer.writes.refused", "{write}", "Writes that were refused because the step was another's by then.");

    private static readonly Counter<long> Losses = FerMeter.Meter.CreateCounter<long>("fer.leases.lost", "{lease}", "Steps in hand that another took after this host was silent for a lease.");

    // Without a value where this process is no host: nothing is reported then.
    private static int? seat;
    private static int? draining;
    private static int? database;
    private static int? others;

    static HostMeter()
    {
        Gauge("fer.coordinator.seat", "1", "1 while this host coordinates, else 0.", () => seat);
        Gauge("fer.host.draining", "1", "1 while this host takes nothing new, else 0.", () => draining);
        Gauge("fer.database.reachable", "1", "1 while the database answers this host, else 0.", () => database);
        Gauge("fer.hosts.reachable", "{host}", "Other hosts that this one sees.", () => others);
    }

    internal static bool? HasSeat
    {
        set => seat = Of(value);
    }

    internal static bool? IsDraining
    {
        set => draining = Of(value);
    }

    internal static bool? HasDatabase
    {
        set => database = Of(value);
    }

    internal static int? Others
    {
        set => others = value;
    }

    internal static void Claimed(string kind, string device) => Add(Claims, kind, device);

    internal static void Completed(string kind, string device) => Add(Completions, kind, device);

    internal static void Failed(string kind, string device) => Add(Failures, kind, device);

    internal static void Refused(string kind, string device) => Add(Refusals, kind, device);

    internal static void LeaseLost(string kind, string device) => Add(Losses, kind, device);

    private static int? Of(bool? value) => value is { } known ? (known ? 1 : 0) : null;

    private static void Add(Counter<long> counter, string kind, string device) => counter.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("device", device));

    private static void Gauge(string name, string unit, string description, Func<int?> value) => FerMeter.Meter.CreateObservableGauge(
        name, () => value() is { } now ? [new Measurement<int>(now)] : Array.Empty<Measurement<int>>(), unit, description);
}
