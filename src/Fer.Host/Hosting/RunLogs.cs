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
    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} [{Level:u3}] {Message:lj} {Properties:j}{NewLine}{Exception}";

    private readonly Logger logger;
    private readonly Serilog.ILogger events;
    private readonly HashSet<string> moving = [];

    private RunLogs(Logger logger, string file)
    {
        this.logger = logger;
        File = file;
        events = logger.ForContext(Constants.SourceContextPropertyName, EventSource);
        Factory = new SerilogLoggerFactory(logger);
    }

    /// <summary>The source under which events of the run are logged; a view shows these by itself.</summary>
    internal const string EventSource = "Fer.Run";

    public string File { get; }

    /// <summary>For the engine; Akka's own log comes this way too.</summary>
    public ILoggerFactory Factory { get; }

    /// <param name="say">Is given warnings and worse, a sentence each, from any thread; null: nobody watches.</param>
    public static RunLogs Start(RunFolder folder, FerSettings settings, Action<string>? say)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"fer-{DateTime.UtcNow:yyyyMMdd'T'HHmmss'Z'}-{Environment.ProcessId}.log");
        var file = Path.Combine(folder.Logs, name);
        var level = Enum.Parse<LogEventLevel>(settings.Log.Level, ignoreCase: true);
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .Enrich.WithProperty("RunId", folder.RunId)
            .Enrich.WithProperty("Host", Environment.MachineName)
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

    public void OnEvent(IRunEvent e, RunState state)
    {
        var words = EventWords.Of(e, state);
        if (e is StepStarted started)
        {
            moving.Remove(started.Spec.Name);
        }

        if (!events.IsEnabled(words.Level))
        {
            return;
        }

        About(words.Step, words.Device).Write(words.Level, words.Template, words.Values);
    }

    /// <summary>The first movement of a step since it started: from here on it computes, where its start only says that it was placed.</summary>
    public void OnLive(LiveStep step)
    {
        if (moving.Add(step.Step))
        {
            About(step.Step, step.Device).Information("{Step} moves: {Position} of {Length} {Unit}", step.Step, step.Position, step.Length, step.Unit);
        }
    }

    private Serilog.ILogger About(string? step, string? device)
    {
        var log = events;
        if (step is not null)
        {
            var place = StepPlace.Of(step);
            log = log.ForContext("Step", step).ForContext("Round", place.Round).ForContext("Class", place.Class);
        }

        return device is null ? log : log.ForContext("Device", device);
    }

    public void Dispose()
    {
        Factory.Dispose();
        logger.Dispose();
    }

    // Kept apart so that a run without Seq never loads its sink.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WithSeq(LoggerConfiguration configuration, RunFolder folder, SeqSettings seq, Action<string> say) => configuration.WriteTo.Seq(
        seq.Url,
        apiKey: seq.ApiKey.Length > 0 ? seq.ApiKey : null,
        bufferBaseFilename: Path.Combine(folder.Logs, "seq"),
        bufferSizeLimitBytes: seq.BufferSizeMb * 1024L * 1024,
        messageHandler: new SeqWatch(new SocketsHttpHandler(), reason => say(
            $"Seq at {Secrets.Masked(seq.Url)} does not take the log ({reason}); it is kept in {folder.Logs} up to {seq.BufferSizeMb} MB a day and sent when Seq is back.")),
        formatProvider: CultureInfo.InvariantCulture);

    /// <summary>Gives warnings to a view, but not the run's events, which it sees for itself.</summary>
    private sealed class SentenceSink(Action<string> say) : ILogEventSink
    {
        private readonly MessageTemplateTextFormatter sentence = new("{Message:lj}", CultureInfo.InvariantCulture);

        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is not ScalarValue { Value: EventSource })
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
