using System.Globalization;
using Akka.Configuration;
using Fer.Actors.Hosting;

namespace Fer.Actors.Hosts;

/// <summary>The HOCON of the actor system that presence lives in.</summary>
internal static class PresenceConfig
{
    /// <summary>A member unreachable for so long is taken for gone.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(4);

    private const string HostRole = "host.";

    public static Config For(ClusterSettings settings, bool tls) => ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          stdout-logger-class = "Fer.Actors.Hosting.SilentLogger, Fer.Actors"
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          loggers = ["Fer.Actors.Hosting.LogForwarder, Fer.Actors"]

          # Nothing here is timed finer than a fifth of a second.
          scheduler.tick-duration = 100ms
          actor {
            provider = cluster
            serializers.fer = "Fer.Actors.Storage.RecordSerializer, Fer.Actors"
            serialization-bindings { "Fer.Actors.Hosts.IHostMessage, Fer.Actors" = fer }
            serialization-settings.allow-unregistered-types = off
          }

          # The process computes on, whatever becomes of this system; and an end that is no leave shall be none.
          coordinated-shutdown {
            exit-clr = off
            run-by-clr-shutdown-hook = off
            run-by-actor-system-terminate = off
            phases {
              cluster-leave.timeout = 3s
              cluster-exiting.timeout = 3s
              cluster-exiting-done.timeout = 2s
              actor-system-terminate.timeout = 4s
            }
          }
          remote {
            log-remote-lifecycle-events = off
            retry-gate-closed-for = 1s
            shutdown-timeout = 3s
            flush-wait-on-shutdown = 0.2s
            dot-netty.tcp {
              hostname = "{{settings.Address}}"
              port = {{settings.Port}}
              connection-timeout = 3s
              enable-ssl = {{(tls ? "on" : "off")}}
            }
          }
          cluster {
            log-info = off
            roles = ["{{RoleOf(settings.HostName)}}"]
            downing-provider-class = "Fer.Actors.Hosts.EachSideGoesOn, Fer.Actors"
            seed-node-timeout = 1s
            retry-unsuccessful-join-after = 3s
            allow-weakly-up-members = 2s
            periodic-tasks-initial-delay = 200ms
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            unreachable-nodes-reaper-interval = 200ms
            scheduler.tick-duration = 100ms

            # A fixed limit, 3 s after the last heartbeat: the adaptive one takes 5 s until it has learned, and longer under load (measured).
            failure-detector {
              implementation-class = "Akka.Remote.DeadlineFailureDetector, Akka.Remote"
              heartbeat-interval = 500ms
              acceptable-heartbeat-pause = 2500ms
              expected-response-after = 500ms
            }
          }
        }
        """));

    /// <summary>A member's name travels as a role: it is there with the member, in one piece. Escaped, for names hold what roles need not.</summary>
    public static string RoleOf(string name) => HostRole + Uri.EscapeDataString(name);

    /// <summary>The other way; the address where a member has no name.</summary>
    public static string NameOf(IEnumerable<string> roles, string address) =>
        roles.FirstOrDefault(r => r.StartsWith(HostRole, StringComparison.Ordinal)) is { } role ? Uri.UnescapeDataString(role[HostRole.Length..]) : address;
}
