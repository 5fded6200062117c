namespace Fer.Actors.Hosting;

/// <summary>Properties of log lines that signals and alerts of a log server (<c>deploy/seq</c>) go by, so they do not change.</summary>
public static class LogNames
{
    /// <summary>What happened: the name of the type of a run's or a sweep's event, or one of <see cref="Hosts.HostEvents"/>.</summary>
    public const string Event = "Event";

    /// <summary>The host that a line is about, whichever host says it; who says it is <see cref="Host"/>.</summary>
    public const string Member = "Member";

    public const string Host = "Host";

    public const string RunId = "RunId";

    /// <summary>Of sweeps' events. A trial's run has the sweep's id, a hyphen and the trial's number of four digits as its <see cref="RunId"/>.</summary>
    public const string SweepId = "SweepId";

    /// <summary>A trial's number, of sweeps' events about one.</summary>
    public const string Trial = "Trial";
}
