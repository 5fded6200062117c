using Akka.Event;
using Fer.Actors.Hosting;

namespace Fer.Actors.Hosts;

/// <summary>Says once when the database falls silent, and once when it answers again.</summary>
internal sealed class DatabaseWatch(ILoggingAdapter log)
{
    private bool isDown;

    /// <param name="trouble">Null: it has answered.</param>
    public void Answered(string? trouble)
    {
        HostMeter.HasDatabase = trouble is null;
        if (trouble is null)
        {
            if (isDown)
            {
                log.As(HostEvents.DatabaseBack).Info("The database answers again");
            }

            isDown = false;
        }
        else if (!isDown)
        {
            isDown = true;
            log.As(HostEvents.DatabaseAway).Warning("The database does not answer ({Reason}): what is computed here goes on, and nothing is written until it does", trouble.Split('\n')[0]);
        }
    }
}
