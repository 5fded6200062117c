using System.Net;
using System.Net.Sockets;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>The web page of a real host: there with it, gone with it.</summary>
[Collection("hosts")]
public sealed class PageOfHostTests(PostgresServer postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_shows_its_page_while_it_is_there_and_computes_whatever_is_asked_of_it()
    {
        using var cluster = new TestCluster(postgres);
        var host = cluster.Start("a", more: ["--http", ":0"]);
        var line = host.Says("shows its page at http://127.0.0.1:");
        using var http = new HttpClient { BaseAddress = new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]) };
        host.Says("a coordinates");
        cluster.Submit();
        using var listening = await http.GetAsync(new Uri("/events?topic=run/run", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stop);

        cluster.InTheMiddle();
        using var health = await http.GetAsync(new Uri("/health", UriKind.Relative), Stop);
        Assert.Contains("cpu:0", await http.GetStringAsync("/", Stop));
        Assert.Contains(SmallRun.Long, await http.GetStringAsync("/runs/run", Stop));
        Assert.Contains("fer_slots_busy{device=", await http.GetStringAsync("/metrics", Stop));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        cluster.CompletesAsIfNothingHadHappened();
        Assert.Contains("fer_step_duration_seconds_count{", await http.GetStringAsync("/metrics", Stop));

        // Though somebody still listens.
        host.Terminate();
        Assert.Equal(0, host.ExitCode());
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("/health", UriKind.Relative), Stop));
    }

    [Fact]
    public void A_port_that_is_taken_is_said_before_the_host_joins()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var cluster = new TestCluster(postgres);

        var host = cluster.Start("a", more: ["--http", $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}"]);

        Assert.Equal(65, host.ExitCode());
        Assert.Contains("is in use by another program", host.Said);
        Assert.DoesNotContain("a is there", host.Said);
    }
}
