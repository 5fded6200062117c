using Akka.Event;

namespace Fer.Actors.Hosting;

/// <summary>
/// Stands where Akka would print to the console. While a system ends, its log bus takes this logger up at
/// <c>loglevel</c>, not at <c>stdout-loglevel</c>: switching the latter off is not enough for a quiet end.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
