using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Runs;

/// <summary>How a run stops that is to. Pure.</summary>
/// <param name="How">As it was asked to.</param>
/// <param name="By"><c>user</c> or <c>fault</c>, as <see cref="RunPaused"/> has it.</param>
internal sealed record Stopping(StopRun How, string By)
{
    /// <summary>What a person wants goes before a process that wants to be replaced, and the end of a run before all.</summary>
    public bool GivesWayTo(StopRun later) => later.End == RunEnd.Cancelled || (How.End == RunEnd.Restart && later.End != RunEnd.Restart);

    /// <summary>Written once no step is in hand; null: nothing, since the run goes on elsewhere.</summary>
    public IRunEvent? LastWord(DateTimeOffset at) => How.End switch
    {
        RunEnd.Paused => new RunPaused(at, By, How.Reason),
        RunEnd.Cancelled => new RunCancelled(at),
        _ => null,
    };
}
