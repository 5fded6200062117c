using Fer.Actors.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosts;

/// <summary>All of presence's log, kept short: it knows little beside connections that fail.</summary>
internal sealed class PresenceLog(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new TerseLogger(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The factory is the caller's.
    }
}
