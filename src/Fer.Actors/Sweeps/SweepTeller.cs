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
    private bool telling;

    /// <summary>Somebody is yet to be told something.</summary>
    public bool Owes(SweepState state) => !state.Untold.IsEmpty && setup.Hook.Hears(setup.Spec);

    public void Tell(SweepState state)
    {
        if (!telling && Owes(state))
        {
            telling = true;
            var message = state.Untold[0];
            setup.Hook.TellAsync(state, message).PipeTo(sweep, success: a => new HookAnswered(message.Id, a), failure: e => new HookAnswered(message.Id, new HookAnswer(1, e.Message)));
        }
    }

    public WebhookTold OnAnswered(HookAnswered answered)
    {
        telling = false;
        return new WebhookTold(setup.Clock.GetUtcNow(), answered.Id, answered.Answer.Reason is null ? "told" : "given-up", answered.Answer.Tries, answered.Answer.Reason ?? "");
    }
}
