using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Host.Live.Web;

/// <summary>Kestrel's warnings go where the host's do; who asked for which page is nobody's business.</summary>
internal sealed class PageLog(ILoggerFactory logs) : ILoggerProvider, ILogger
{
    private readonly ILogger inner = logs.CreateLogger("Fer.Page");

    // A start that fails is said by who started it, in a sentence.
    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) ? NullLogger.Instance : this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    public void Dispose()
    {
    }
}
