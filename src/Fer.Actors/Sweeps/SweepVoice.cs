using Akka.Actor;

namespace Fer.Actors.Sweeps;

/// <summary>To a sweep: what lists show of it was written; null: it was not.</summary>
internal sealed record SweepSaid(SweepShown? Shown);

/// <summary>What lists show of a sweep.</summary>
internal sealed record SweepShown(string Status, string Reason, SweepSummary Summary)
{
    /// <param name="kind">How the kind of slot stands that its trials keep to.</param>
    public static SweepShown Of(SweepState state, KindIs kind)
    {
        var reason = state.Status == SweepStatus.Running && SweepRoom.Trouble(kind) is { } trouble ? trouble : state.Reason;
        return new SweepShown(state.Status.ToString().ToLowerInvariant(), reason, SweepSummary.Of(state) with { Untold = SweepTeller.Owes(state) });
    }
}

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
