using Akka.Event;
using Fer.Actors.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosts;

/// <summary>
/// What a host's log calls what happens to it: the value of <see cref="LogNames.Event"/>, where a run's events have their types' names. Signals and
/// alerts of a log server (<c>deploy/seq</c>) go by these, so they do not change.
/// </summary>
public static class HostEvents
{
    public const string HostThere = nameof(HostThere);

    public const string HostLeft = nameof(HostLeft);

    public const string HostSeen = nameof(HostSeen);

    /// <summary>Another host fell silent; one that has left says <see cref="HostLeft"/> itself before.</summary>
    public const string HostGone = nameof(HostGone);

    public const string HostDrains = nameof(HostDrains);

    public const string HostUncordoned = nameof(HostUncordoned);

    public const string SeatTaken = nameof(SeatTaken);

    public const string SeatLost = nameof(SeatLost);

    /// <summary>A slot wrote about a step that is another's by now.</summary>
    public const string WriteRefused = nameof(WriteRefused);

    /// <summary>A slot heard that its step is another's by now.</summary>
    public const string LeaseLost = nameof(LeaseLost);

    public const string DatabaseAway = nameof(DatabaseAway);

    public const string DatabaseBack = nameof(DatabaseBack);

    /// <summary>Others use a slot's GPU: it takes nothing new.</summary>
    public const string GpuTaken = nameof(GpuTaken);

    public const string GpuFree = nameof(GpuFree);

    internal static ILoggingAdapter As(this ILoggingAdapter log, string name) => log.WithContext(LogNames.Event, name);

    /// <summary>What is logged before it is disposed of has that name, and is about that host.</summary>
    internal static IDisposable? As(this ILogger log, string name, string member) =>
        log.BeginScope(new Dictionary<string, object> { [LogNames.Event] = name, [LogNames.Member] = member });
}
