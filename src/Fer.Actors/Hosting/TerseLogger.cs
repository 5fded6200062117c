using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosting;

/// <summary>
/// What Akka says of connections that fail: one line without its stack, and one of a kind a minute. A host that is off,
/// or somebody who knocks all night, would fill the log otherwise.
/// </summary>
internal sealed class TerseLogger(ILogger logger) : ILogger
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> said = new(StringComparer.Ordinal);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var text = formatter(state, exception).Split('\n')[0].TrimEnd();
        if (IsNew(KindOf(state, text)))
        {
            logger.Log(logLevel > LogLevel.Warning ? LogLevel.Warning : logLevel, eventId, "{Message}", exception is null ? text : $"{text} ({exception.Message.Split('\n')[0].TrimEnd()})");
        }
    }

    private static string KindOf<TState>(TState state, string text) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> values && values.FirstOrDefault(v => v.Key == "{OriginalFormat}").Value is string format && format != "{Message}" ? format : text;

    private bool IsNew(string kind)
    {
        var now = Stopwatch.GetTimestamp();
        if (said.Count > 1000)
        {
            said.Clear();
        }

        var isNew = false;
        said.AddOrUpdate(kind, _ => Say(), (_, last) => Stopwatch.GetElapsedTime(last, now) > Quiet ? Say() : last);
        return isNew;

        long Say()
        {
            isNew = true;
            return now;
        }
    }
}
