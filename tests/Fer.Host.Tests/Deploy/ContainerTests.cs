using System.Text.RegularExpressions;
using Fer.Host.Commands;
using Fer.Host.Settings;
using YamlDotNet.RepresentationModel;

namespace Fer.Host.Tests.Deploy;

/// <summary>What compose.yaml and the Dockerfile refer to is there: files, settings, variables, words of the command line. No container is run.</summary>
public sealed partial class ContainerTests
{
    private static readonly YamlMappingNode Compose = Load("deploy/compose.yaml");

    private static IEnumerable<(string Name, YamlMappingNode Service)> Services => Children(Compose["services"]).Select(s => (s.Key, (YamlMappingNode)s.Value));

    private static IEnumerable<(string Name, YamlMappingNode Service)> Hosts => Services.Where(s => s.Name.StartsWith("fer-", StringComparison.Ordinal));

    [Fact]
    public void Three_hosts_have_two_slots_each_and_settings_that_fer_takes()
    {
        var environment = new System.Collections.Hashtable { [FerConfig.ConnectionStringVariable] = "Host=postgres", [FerConfig.TlsPasswordVariable] = "x" };

        Assert.Equal(3, Hosts.Count());
        Assert.All(Hosts, h =>
        {
            string[] command = [.. Sequence(h.Service["command"])];
            var sets = command.Select((word, i) => (word, i)).Where(w => w.word == "--set").Select(w => command[w.i + 1]).ToList();
            var settings = FerConfig.Load(Repository.Path("deploy/compose.conf"), sets, environment);

            Assert.Equal(["host", "/etc/fer/cluster.conf"], command[..2]);
            Assert.Equal(["cpu:0", "cpu:1"], settings.Engine.Devices);
            Assert.Equal(("postgres", h.Name), (settings.Journal.Provider, settings.Cluster.Address));
            Assert.Equal(h.Name, Text(h.Service["hostname"]));

            // Where the settings say that files are, something is mounted.
            var secrets = ((YamlSequenceNode)h.Service["secrets"]).Select(s => s is YamlMappingNode m ? Text(m["target"]) : Text(s)).Select(s => $"/run/secrets/{s}").ToList();
            Assert.Contains(settings.Cluster.Tls.Certificate, secrets);
            Assert.Contains(settings.Cluster.Tls.Authority, secrets);
            var mounts = Sequence(h.Service["volumes"]).Select(v => v.Split(':')[1]).ToList();
            Assert.Contains(settings.Cluster.Store, mounts);
            Assert.Contains(command[1], mounts);
            Assert.Contains(mounts, m => command[Array.IndexOf(command, "--runs") + 1].StartsWith(m + "/", StringComparison.Ordinal));
            Assert.Contains(new Uri(settings.Seq.Url).Host, Services.Select(s => s.Name));
        });
    }

    [Fact]
    public void Hosts_have_as_long_to_leave_as_they_may_take()
    {
        // Two minutes to save, and some seconds for the seat and the end (HostEngine).
        Assert.All(Hosts, h => Assert.Equal("150s", Text(h.Service["stop_grace_period"])));
        Assert.Contains("TimeoutStopSec=150\n", Repository.Text("deploy/systemd/fer-host.service"));
        Assert.Contains("STOPSIGNAL SIGTERM\n", Repository.Text("deploy/Dockerfile"));
    }

    [Fact]
    public void Every_variable_is_one_that_the_program_reads()
    {
        string[] read = [FerConfig.ConnectionStringVariable, FerConfig.ApiKeyVariable, FerConfig.TlsPasswordVariable, FerConfig.SeedsVariable];
        var named = new[] { "deploy/compose.yaml", "deploy/compose.conf", "deploy/make-certificates.sh", "deploy/systemd/fer-host.service" }
            .SelectMany(f => Variable().Matches(Repository.Text(f)).Select(m => m.Value)).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(read));

        // The image's only one is of its build, where build.sh reads it.
        Assert.Equal(["FER_TORCH"], Variable().Matches(Repository.Text("deploy/Dockerfile")).Select(m => m.Value).Distinct());
        Assert.Contains("${FerTorch:-}", Repository.Text("build.sh"));
    }

    [Fact]
    public void Whatever_is_mounted_copied_or_depended_on_is_there()
    {
        var volumes = Children(Compose["volumes"]).Select(v => v.Key).ToHashSet();
        var services = Services.Select(s => s.Name).ToHashSet();
        foreach (var (name, service) in Services)
        {
            foreach (var source in Optional(service, "volumes").Select(v => v.Split(':')[0]))
            {
                Assert.True(source.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Repository.Path($"deploy/{source}")) : volumes.Contains(source), $"{name}: {source}");
            }

            Assert.Subset(services, Optional(service, "depends_on").ToHashSet());
        }

        Assert.Equal(Hosts.Select(h => h.Name).Append("ca.pem").Order(), Children(Compose["secrets"]).Select(s => s.Key).Order());
        Assert.All(Copied().Matches(Repository.Text("deploy/Dockerfile")).Select(m => m.Groups[1].Value), f => Assert.True(Path.Exists(Repository.Path(f)), f));
        Assert.All(new[] { "deploy/secrets", "deploy/.env" }, s => Assert.Contains($"\n{s}", Repository.Text(".dockerignore")));
        Assert.All(new[] { "/deploy/secrets/", "/deploy/.env" }, s => Assert.Contains($"\n{s}", Repository.Text(".gitignore")));
    }

    [Fact]
    public void Images_are_public_ones()
    {
        var images = Services.Select(s => Text(s.Service["image"])).Concat(From().Matches(Repository.Text("deploy/Dockerfile")).Select(m => m.Groups[1].Value)).Distinct();

        Assert.All(images, i => Assert.Matches("^(postgres:|datalust/|mcr.microsoft.com/dotnet/|fer-actors$)", i));
    }

    [Fact]
    public void The_unit_starts_again_on_what_a_host_ends_with_unless_that_does_not_help()
    {
        var unit = Repository.Text("deploy/systemd/fer-host.service").Split('\n');

        Assert.Contains($"RestartForceExitStatus={ExitCode.RunAgain}", unit);
        Assert.Contains($"RestartPreventExitStatus={ExitCode.Usage} {ExitCode.BadInput}", unit);
        Assert.Contains("Restart=always", unit);
    }

    private static YamlMappingNode Load(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(Repository.Text(file)))));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<(string Key, YamlNode Value)> Children(YamlNode node) => ((YamlMappingNode)node).Select(c => (Text(c.Key), c.Value));

    private static IEnumerable<string> Sequence(YamlNode node) => ((YamlSequenceNode)node).Select(Text);

    private static IEnumerable<string> Optional(YamlMappingNode service, string key) => !service.Children.TryGetValue(key, out var node) ? []
        : node is YamlSequenceNode ? Sequence(node) : Children(node).Select(c => c.Key);

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    [GeneratedRegex(@"\bFER_\w+")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^COPY (?:--chmod=\d+ )?(deploy/\S+) ", RegexOptions.Multiline)]
    private static partial Regex Copied();

    [GeneratedRegex(@"^FROM (\S+)", RegexOptions.Multiline)]
    private static partial Regex From();
}
