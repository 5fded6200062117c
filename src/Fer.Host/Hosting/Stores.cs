using Fer.Actors.Artifacts;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Hosting;

/// <summary>Where commands read artifacts: a run's own folder, the one that hosts share, or, where each host has its own, a folder here that fetches from them.</summary>
internal static class Stores
{
    public static ArtifactStore Of(RunFolder folder, Action<string> say) =>
        folder.Store is null ? new ArtifactStore(folder.Artifacts) : Of(RunFile.Load(folder), folder.Artifacts, Said(say));

    public static ArtifactStore Of(FerSettings settings, string path, ILogger log) => ArtifactsFromHosts.Store(path, settings.Cluster, settings.Journal, log);

    /// <summary>Warnings of a line to hosts, as sentences.</summary>
    public static ILogger Said(Action<string> say) => new Sentences(say);

    private sealed class Sentences(Action<string> say) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                say(formatter(state, exception));
            }
        }
    }
}
