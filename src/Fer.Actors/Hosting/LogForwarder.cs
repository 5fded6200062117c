using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosting;

/// <summary>Where the actor system's log goes.</summary>
internal sealed class LogSetup(ILoggerFactory factory) : Setup
{
    public ILoggerFactory Factory { get; } = factory;
}

/// <summary>Sends Akka's log the way of everything else: template and values kept apart, context (RunId) as scope.</summary>
internal sealed class LogForwarder : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILogger logger;
    private readonly TerseLogger connections;

    public LogForwarder()
    {
        var setup = Context.System.Settings.Setup.Get<LogSetup>();
        logger = setup.HasValue ? setup.Value.Factory.CreateLogger("Fer.Actors") : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
        connections = new TerseLogger(logger);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Forward);
    }

    private void Forward(LogEvent e)
    {
        var level = e.LogLevel() switch
        {
            Akka.Event.LogLevel.DebugLevel => Microsoft.Extensions.Logging.LogLevel.Debug,
            Akka.Event.LogLevel.InfoLevel => Microsoft.Extensions.Logging.LogLevel.Information,
            Akka.Event.LogLevel.WarningLevel => Microsoft.Extensions.Logging.LogLevel.Warning,
            _ => Microsoft.Extensions.Logging.LogLevel.Error,
        };
        if (!logger.IsEnabled(level))
        {
            return;
        }

        var scope = new Dictionary<string, object> { ["ActorPath"] = e.LogSource };
        if (e.TryGetProperties(out var properties) && properties is not null)
        {
            foreach (var (key, value) in properties)
            {
                scope[key] = value;
            }
        }

        ILogger to = e.LogClass.Namespace?.StartsWith("Akka.Remote.Transport", StringComparison.Ordinal) == true ? connections : logger;
        using (logger.BeginScope(scope))
        {
            if (e.Message is LogMessage message)
            {
#pragma warning disable CA2254 // the template is the caller's own
                to.Log(level, e.Cause, message.Format, [.. message.Parameters()]);
#pragma warning restore CA2254
            }
            else
            {
                to.Log(level, e.Cause, "{Message}", e.Message);
            }
        }
    }
}
