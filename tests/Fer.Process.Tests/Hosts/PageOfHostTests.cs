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
        using var http = Reader(line);
        host.Says("a coordinates");
        cluster.Submit();
        using var listening = await http.GetAsync(new Uri("/events?topic=run/run", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stop);

        cluster.InTheMiddle();
        using var health = await http.GetAsync(new Uri("/health", UriKind.Relative), Stop);
        await Shows(http, "/", "cpu:0");
        await Shows(http, "/runs/run", SmallRun.Long);
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
    public async Task A_host_without_any_server_shows_the_same_from_its_files()
    {
        using var lone = new LoneHost();
        var host = lone.Start("--http", ":0");
        using var http = Reader(host.Says("shows its page at http://127.0.0.1:"));
        host.Says("coordinates");
        Assert.Contains("No run was handed over yet", await http.GetStringAsync("/", Stop));
        lone.Submit("run");
        lone.IsInTheMiddle("run");
        await Shows(http, "/", "cpu:0", SmallRun.Long);
        await Shows(http, "/runs/run", SmallRun.Long);
        using var health = await http.GetAsync(new Uri("/health", UriKind.Relative), Stop);

        lone.CompletesAsIfNothingHadHappened("run");

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        await Shows(http, "/runs/run", "The run is complete", "Kept faces");
    }

    [Fact]
    public async Task A_sweep_is_shown_trial_by_trial_as_its_coordinator_writes_it()
    {
        using var cluster = new TestCluster(postgres);
        var host = cluster.Start("a", more: ["--http", ":0"]);
        using var http = Reader(host.Says("shows its page at http://127.0.0.1:"));
        var sweep = cluster.SubmitSweep("sampler = grid\nparallel = 2\nspace { gan.psi = [0.8, 1] }", ["gan.steps-per-round=20"]);
        sweep.Is(s => s.Trials.Count == 2, "planned");
        await Shows(http, "/sweeps/sweep", "2 trials.", "gan.psi");

        sweep.CompletesAsIfNothingHadHappened();

        await Shows(http, "/sweeps/sweep", "2 trials are done", "completed");
        await Shows(http, "/runs/sweep-0001", "This trial's own", "The run is complete");
        await Shows(http, "/api/sweeps", "\"completed\":2");
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

    private static HttpClient Reader(string line) => new() { BaseAddress = new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]) };

    // What was read within the last second is shown again, and rows follow journals by a moment.
    private static async Task Shows(HttpClient http, string path, params string[] words)
    {
        var page = "";
        for (var tries = 0; tries < 300 && !words.All(w => page.Contains(w, StringComparison.Ordinal)); tries++)
        {
            await Task.Delay(tries == 0 ? 0 : 200, Stop);
            page = WebUtility.HtmlDecode(await http.GetStringAsync(path, Stop));
        }

        Assert.All(words, w => Assert.Contains(w, page));
    }
}
