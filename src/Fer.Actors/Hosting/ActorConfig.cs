using System.Globalization;
using System.Text;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Fer.Actors.Devices;
using Fer.Actors.Storage;

namespace Fer.Actors.Hosting;

/// <summary>The actor systems' HOCON, written from settings that were checked before.</summary>
internal static class ActorConfig
{
    private const string Common = """
        akka {
          loglevel = INFO
          stdout-loglevel = OFF
          stdout-logger-class = "Fer.Actors.Hosting.SilentLogger, Fer.Actors"
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          loggers = ["Fer.Actors.Hosting.LogForwarder, Fer.Actors"]
          actor {
            ask-timeout = 30s
            serializers.fer = "Fer.Actors.Storage.RecordSerializer, Fer.Actors"
            serialization-bindings {
              "Fer.Actors.Runs.V1.IRunEvent, Fer.Actors" = fer
              "Fer.Actors.Sweeps.V1.ISweepEvent, Fer.Actors" = fer
              "Fer.Actors.Devices.IWorkerMessage, Fer.Actors" = fer
            }
            serialization-settings.allow-unregistered-types = off
          }
          coordinated-shutdown.run-by-clr-shutdown-hook = off

          # Nothing here is timed finer than half a second; Akka's 10 ms would wake the processor for ever (1 % of a core, measured).
          scheduler.tick-duration = 100ms
        }
        """;

    /// <summary>For the process that holds a run.</summary>
    public static Config ForRun(RunFolder folder, JournalSettings journal, IEnumerable<DeviceName> slots, bool remote) =>
        WithJournal(journal.Provider, JournalFiles.ConnectionString(folder, journal), slots, remote);

    /// <summary>For a host: journals of all runs are in the database that hosts share, or in a single host's file.</summary>
    public static Config ForHost(JournalSettings journal, string store, IEnumerable<DeviceName> slots, bool remote) => WithJournal(journal.Provider, JournalFiles.ForHost(journal, store), slots, remote);

    private static Config WithJournal(string database, string connectionString, IEnumerable<DeviceName> slots, bool remote)
    {
        var provider = database == "postgres" ? "PostgreSQL.15" : "SQLite.MS";
        var connection = Quote(connectionString);
        var text = new StringBuilder(Common).AppendLine().Append(CultureInfo.InvariantCulture, $$"""
            akka.persistence {
              journal {
                plugin = "akka.persistence.journal.sql"
                sql { connection-string = {{connection}}
                      provider-name = "{{provider}}" }
              }
              snapshot-store {
                plugin = "akka.persistence.snapshot-store.sql"
                sql { connection-string = {{connection}}
                      provider-name = "{{provider}}" }
              }
            }
            """).AppendLine();
        return WithSlots(text, slots, remote).WithFallback(SqlPersistence.DefaultConfiguration);
    }

    /// <summary>For a worker process.</summary>
    public static Config ForWorker(DeviceName slot) => WithSlots(new StringBuilder(Common).AppendLine(), [slot], remote: true);

    public static string Dispatcher(DeviceName slot) => $"slot-{slot.Kind}-{slot.Index}";

    private static Config WithSlots(StringBuilder text, IEnumerable<DeviceName> slots, bool remote)
    {
        foreach (var slot in slots)
        {
            // One dedicated thread: native code wants its tensors on the thread that made them.
            text.AppendLine(CultureInfo.InvariantCulture, $$"""
                {{Dispatcher(slot)}} { type = ForkJoinDispatcher
                  throughput = 1
                  dedicated-thread-pool { thread-count = 1, threadtype = background } }
                """);
        }

        if (remote)
        {
            // A step of a long run names thousands of inputs; what is over the frame's size is dropped in silence.
            // Where a worker has died, somebody else may listen on its port: Akka takes a failed handshake there for its own
            // fault and would end this healthy system.
            text.AppendLine("""
                akka.actor.provider = remote
                akka.coordinated-shutdown {
                  terminate-actor-system = off
                  run-by-actor-system-terminate = off
                }
                akka.remote.dot-netty.tcp { hostname = "127.0.0.1"
                  port = 0
                  enable-ssl = on
                  maximum-frame-size = 16000000b
                  send-buffer-size = 16000000b
                  receive-buffer-size = 16000000b }
                """);
        }

        return ConfigurationFactory.ParseString(text.ToString());
    }

    private static string Quote(string value) => "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
