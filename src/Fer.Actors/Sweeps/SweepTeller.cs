using Akka.Actor;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>To a sweep: a message was told, or could not be.</summary>
internal sealed record HookAnswered(string Id, HookAnswer Answer);

/// <summary>
/// Tells the webhook what the journal says it was not told, one message after another. That it was told is journalled afterwards, so whoever
/// dies in between has it told again: at least once, under the same id.
/// </summary>
internal sealed class SweepTeller(SweepSetup setup, IActorRef sweep)
{
    /// <summary>So long after its end a sweep waits for a coordinator that knows the address.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private bool telling;
    private bool isDown;

    /// <summary>Somebody is yet to be told something, though this host may not know whom.</summary>
    public static bool Owes(SweepState state) => !state.Untold.IsEmpty;

    public void Tell(SweepState state)
    {
        if (!telling && Owes(state) && setup.Hook.Hears(setup.Spec))
        {
            telling = true;
            var message = state.Untold[0];

            // Where nothing answers, hundreds of failures must not hold up for hours what comes last and matters most.
            setup.Hook.TellAsync(state, message, once: isDown && message.What != "done").PipeTo(sweep, success: a => new HookAnswered(message.Id, a), failure: e => new HookAnswered(message.Id, new HookAnswer(1, e.Message)));
        }
    }

    public WebhookTold OnAnswered(HookAnswered answered)
    {
        (telling, isDown) = (false, answered.Answer.Reason is not null);
        return new WebhookTold(setup.Clock.GetUtcNow(), answered.Id, isDown ? "given-up" : "told", answered.Answer.Tries, answered.Answer.Reason ?? "");
    }

    /// <returns>What is told nobody any more; null: nothing.</returns>
    public WebhookTold? GivesUp(SweepState state) =>
        !telling && Owes(state) && state.EndedAt is { } ended && setup.Clock.GetUtcNow() - ended > LongestWait
            ? new WebhookTold(setup.Clock.GetUtcNow(), state.Untold[0].Id, "given-up", 0, "no host that coordinated since the sweep's end knows the address")
            : null;
}
