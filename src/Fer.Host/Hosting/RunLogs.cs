using System.Globalization;
using System.Runtime.CompilerServices;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Display;

namespace Fer.Host.Hosting;

/// <summary>
/// Logs of one process's life with a run: a file of its own below the run's folder, Seq where one is set, and warnings
/// to whoever watches. Every entry carries RunId and Host; those about a step carry Step, Round, Class and Device.
/// </summary>
public sealed class RunLogs : IRunObserver, IDisposable
{
    private readonly RunEventLog run;

    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} [{Level:u3}] {Message:lj} {Properties:j}{NewLine}{Exception}";

    private readonly Logger logger;
    private RunLogs(Logger logger, string file)
    {
        this.logger = logger;
        File = file;
        run = new RunEventLog(logger);
        Factory = new SerilogLoggerFactory(logger);
    }

    public string File { get; }

    /// <summary>For the engine; Akka's own log comes this way too.</summary>
    public ILoggerFactory Factory { get; }

    /// <param name="say">Is given warnings and worse, a sentence each, from any thread; null: nobody watches.</param>
    public static RunLogs Start(RunFolder folder, FerSettings settings, Action<string>? say) =>
        Start(folder.Logs, settings, say, c => c.Enrich.WithProperty(LogNames.RunId, folder.RunId).Enrich.WithProperty(LogNames.Host, Environment.MachineName));

    /// <summary>Of a host: a file of this process's life, and Seq where one is set.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="name">The host's name among hosts.</param>
    public static RunLogs StartHost(string folder, string name, FerSettings settings, Action<string>? say) =>
        Start(folder, settings, say, c => c.Enrich.WithProperty(LogNames.Host, name));

    private static RunLogs Start(string folder, FerSettings settings, Action<string>? say, Func<LoggerConfiguration, LoggerConfiguration> enrich)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"fer-{DateTime.UtcNow:yyyyMMdd'T'HHmmss'Z'}-{Environment.ProcessId}.log");
        var file = Path.Combine(folder, name);
        var level = Enum.Parse<LogEventLevel>(settings.Log.Level, ignoreCase: true);
        var configuration = enrich(new LoggerConfiguration().MinimumLevel.Is(level))
            .WriteTo.File(file, outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, fileSizeLimitBytes: settings.Log.FileSizeMb * 1024L * 1024, rollOnFileSizeLimit: true, retainedFileCountLimit: null);
        if (say is not null)
        {
            configuration.WriteTo.Sink(new SentenceSink(say), LogEventLevel.Warning);
        }

        if (settings.Seq.Url.Length > 0)
        {
            WithSeq(configuration, folder, settings.Seq, say ?? (_ => { }));
        }

        return new RunLogs(configuration.CreateLogger(), file);
    }

    public void OnEvent(IRunEvent e, RunState state) => run.OnEvent(e, state);

    public void OnLive(LiveStep step) => run.OnLive(step);

    /// <summary>For a run that this process carries among others.</summary>
    public IRunObserver For(string runId) => new RunEventLog(logger.ForContext(LogNames.RunId, runId));

    /// <summary>For a sweep that this process coordinates.</summary>
    public Fer.Actors.Sweeps.ISweepObserver ForSweep(string sweepId) => new SweepEventLog(logger.ForContext(LogNames.SweepId, sweepId));

    public void Dispose()
    {
        Factory.Dispose();
        logger.Dispose();
    }

    // Kept apart so that a run without Seq never loads its sink.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WithSeq(LoggerConfiguration configuration, string folder, SeqSettings seq, Action<string> say) => configuration.WriteTo.Seq(
        seq.Url,
        apiKey: seq.ApiKey.Length > 0 ? seq.ApiKey : null,
        bufferBaseFilename: Path.Combine(folder, "seq"),
        bufferSizeLimitBytes: seq.BufferSizeMb * 1024L * 1024,
        messageHandler: new SeqWatch(new SocketsHttpHandler(), reason => say(
            $"Seq at {Secrets.Masked(seq.Url)} does not take the log ({reason}); it is kept in {folder} up to {seq.BufferSizeMb} MB a day and sent when Seq is back.")),
        formatProvider: CultureInfo.InvariantCulture);

    /// <summary>Gives warnings to a view, but not the run's events, which it sees for itself, nor what Akka says of other hosts: a host's own lines say who comes and goes.</summary>
    private sealed class SentenceSink(Action<string> say) : ILogEventSink
    {
        private readonly MessageTemplateTextFormatter sentence = new("{Message:lj}", CultureInfo.InvariantCulture);

        private static bool IsOfPresence(LogEvent e) =>
            e.Properties.GetValueOrDefault("ActorPath") is ScalarValue { Value: string path } && path.Contains("://fer-hosts", StringComparison.Ordinal);

        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is not ScalarValue { Value: RunEventLog.Source } && !IsOfPresence(logEvent))
            {
                using var text = new StringWriter(CultureInfo.InvariantCulture);
                sentence.Format(logEvent, text);
                say($"{logEvent.Level}: {text}{(logEvent.Exception is { } e ? $" ({e.GetType().Name}: {e.Message})" : "")}");
            }
        }
    }
}

/// <summary>Says once that Seq does not take the log; the sink itself tries on in silence.</summary>
internal sealed class SeqWatch(HttpMessageHandler inner, Action<string> down) : DelegatingHandler(inner)
{
    private int told;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                Tell(string.Create(CultureInfo.InvariantCulture, $"it answers {(int)answer.StatusCode} {answer.ReasonPhrase}"));
            }

            return answer;
        }
        catch (HttpRequestException e)
        {
            Tell(e.InnerException?.Message ?? e.Message);
            throw;
        }
    }

    private void Tell(string reason)
    {
        if (Interlocked.Exchange(ref told, 1) == 0)
        {
            down(reason);
        }
    }
}
