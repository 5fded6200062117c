using Akka.Actor;

namespace Fer.Actors.Sweeps;

/// <summary>To a sweep: what lists show of it was written; null: it was not.</summary>
internal sealed record SweepSaid(SweepShown? Shown);

/// <summary>What lists show of a sweep.</summary>
internal sealed record SweepShown(string Status, string Reason, SweepSummary Summary);

/// <summary>Writes down how a sweep stands, for lists, whenever that has changed; at most one word is under way.</summary>
internal sealed class SweepVoice(SweepSetup setup, IActorRef sweep)
{
    private SweepShown? shown;
    private bool saying;

    /// <returns>Whether all of it is written already.</returns>
    public bool Say(SweepShown now)
    {
        if (saying || now == shown)
        {
            return !saying;
        }

        saying = true;
        setup.Sweeps.SayAsync(setup.Seat, setup.Row.Id, now.Status, now.Reason, now.Summary).PipeTo(sweep, success: () => new SweepSaid(now), failure: _ => new SweepSaid(null));
        return false;
    }

    public void OnSaid(SweepSaid said) => (saying, shown) = (false, said.Shown ?? shown);
}
