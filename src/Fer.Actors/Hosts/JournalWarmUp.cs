using Akka.Persistence;

namespace Fer.Actors.Hosts;

/// <summary>
/// Reads a journal that holds nothing, and ends. The first use of a journal in a process takes seconds (4 to 6 of them on a busy
/// machine, measured), which a host that takes the seat later does not have.
/// </summary>
internal sealed class JournalWarmUp : ReceivePersistentActor
{
    public JournalWarmUp() => Recover<RecoveryCompleted>(_ => Context.Stop(Self));

    public override string PersistenceId => "warm-up";

    // Whoever needs the journal says what is wrong with it.
    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
    }
}
