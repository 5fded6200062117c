using Fer.Actors.Storage;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Fer.Actors.Sweeps;
using Fer.Host.Live.Web;
using Fer.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Host.Tests.Live.Web;

/// <summary>The server itself, over a database that is away: who may ask, and what trouble looks like.</summary>
public class LivePageTests
{
    private const string Word = "a-token-of-this-test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("localhost:8080", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:5080", true)]
    [InlineData("evil.example:5080", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.168.0.1", false)]
    public async Task On_loopback_only_this_machines_names_are_answered(string host, bool answered)
    {
        await using var page = await Start();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, page.Url + "/page.css");
        request.Headers.Host = host;

        using var answer = await http.SendAsync(request, Stop);

        Assert.Equal(answered ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Without_a_token_of_the_host_nothing_can_be_changed()
    {
        await using var page = await Start(token: null);

        var (code, sentence) = await Post(page, "/api/sweeps/x/pause", Word);

        Assert.Equal(HttpStatusCode.Forbidden, code);
        Assert.Equal("Nothing can be changed from this page: the host was started without FER_HTTP_TOKEN.", sentence);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a-token-of-this-tesT")]
    [InlineData("a-token-of-this-test-and-more")]
    public async Task Another_token_is_refused(string? word)
    {
        await using var page = await Start();

        var (code, sentence) = await Post(page, "/api/runs/x/cancel", word);

        Assert.Equal((HttpStatusCode.Unauthorized, "That is not the host's token."), (code, sentence));
    }

    [Fact]
    public async Task With_the_token_a_wish_gets_as_far_as_the_database()
    {
        await using var page = await Start();

        var (code, sentence) = await Post(page, "/api/runs/x/cancel", Word);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.StartsWith("The database does not answer: ", sentence);
    }

    [Fact]
    public async Task A_database_that_is_away_is_said_and_the_page_goes_on()
    {
        await using var page = await Start();
        using var http = new HttpClient();

        foreach (var path in new[] { "/", "/sweeps/x", "/runs/x", "/health", "/api/hosts" })
        {
            using var answer = await http.GetAsync(new Uri(page.Url + path), Stop);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains("The database does not answer", await answer.Content.ReadAsStringAsync(Stop));
        }

        using var style = await http.GetAsync(new Uri(page.Url + "/page.css"), Stop);
        using var nothing = await http.GetAsync(new Uri(page.Url + "/etc/passwd"), Stop);
        Assert.Equal(HttpStatusCode.OK, style.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
    }

    [Fact]
    public async Task A_listener_hears_of_the_trouble_and_is_let_go_when_the_host_leaves()
    {
        var page = await Start();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(page.Url + "/events?topic=overview"), HttpCompletionOption.ResponseHeadersRead, Stop);
        using var words = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));

        var lines = new List<string?>();
        do
        {
            lines.Add(await words.ReadLineAsync(Stop));
        }
        while (lines[^1] is not "event: trouble");
        await page.DisposeAsync();
        Exception? end = null;
        try
        {
            _ = await words.ReadToEndAsync(Stop);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            end = e;
        }

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(end is null or IOException or HttpRequestException);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(page.Url), Stop));
    }

    [Fact]
    public async Task A_browser_is_told_to_load_from_here_alone_and_to_keep_what_never_changes()
    {
        await using var page = await Start();
        using var http = new HttpClient();

        using var script = await http.GetAsync(new Uri($"{page.Url}/page.js?v={Assets.Script.Hash}"), Stop);
        using var list = await http.GetAsync(new Uri(page.Url), Stop);

        Assert.All([script, list], a =>
        {
            Assert.StartsWith("default-src 'self';", a.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", a.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", a.Headers.GetValues("X-Frame-Options").Single());
            Assert.False(a.Headers.Contains("Set-Cookie"));
            Assert.False(a.Headers.Contains("Access-Control-Allow-Origin"));
        });
        Assert.Contains("immutable", script.Headers.CacheControl!.ToString());
        Assert.True(list.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Metrics_are_there_in_Prometheus_words()
    {
        await using var page = await Start();
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(page.Url + "/metrics"), Stop);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("# TYPE dotnet_process_cpu_time_seconds_total counter\n", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_in_a_sentence()
    {
        await using var first = await Start();
        var port = new Uri(first.Url).Port;

        var refused = await Assert.ThrowsAsync<BadInputException>(() => Start(port: port));

        Assert.Equal($"--http: port {port} of 127.0.0.1 is in use by another program: choose another, or :0 for any free one.", refused.Message);
    }

    [Fact]
    public async Task A_host_is_told_of_a_bad_address_before_it_joins()
    {
        using var folder = new Fer.Host.Tests.Reports.SampleRun();

        var (code, _, error) = await Commands.Fer.Run("host", "--http", "5080x", "--runs", folder.Temporary);

        Assert.Equal(65, code);
        Assert.StartsWith("--http is '5080x': expected :PORT for this machine alone", error);
    }

    [Theory]
    [InlineData(":5080", "127.0.0.1", 5080)]
    [InlineData("5080", "127.0.0.1", 5080)]
    [InlineData("localhost:0", "127.0.0.1", 0)]
    [InlineData("0.0.0.0:80", "0.0.0.0", 80)]
    [InlineData("[::1]:5080", "::1", 5080)]
    [InlineData("[::]:65535", "::", 65535)]
    public void An_address_is_this_machine_alone_unless_it_says_otherwise(string text, string address, int port) => Assert.Equal(new HttpAddress(IPAddress.Parse(address), port), HttpAddress.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":65536")]
    [InlineData(":-1")]
    [InlineData("example.org:80")]
    [InlineData("::1:80")]
    [InlineData("http://localhost:80")]
    public void What_is_no_address_is_refused(string text) => Assert.Throws<BadInputException>(() => HttpAddress.Parse(text));

    [Fact]
    public void A_token_that_can_be_guessed_is_refused() =>
        Assert.Equal("FER_HTTP_TOKEN has 6 characters: at least 16 are needed, such as openssl rand -hex 16 gives.", Assert.Throws<BadInputException>(() => new Token("secret")).Message);

    [Theory]
    [InlineData(1, true, "")]
    [InlineData(7, false, "Host 'a' has said nothing for 7 s.")]
    public void A_host_is_well_while_it_beats(int silent, bool ok, string problem)
    {
        var health = Health.Of("a", TimeSpan.FromSeconds(6), [new HostRow("a", "1", [], "", true, default, TimeSpan.FromSeconds(silent))], "");

        Assert.Equal((ok, problem, true), (health.IsOk, string.Concat(health.Problems), health.IsDraining));
    }

    private static async Task<(HttpStatusCode, string?)> Post(LivePage page, string path, string? word)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = word is null ? null : new AuthenticationHeaderValue("Bearer", word);
        using var answer = await http.PostAsync(new Uri(page.Url + path), null, Stop);
        return (answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["sentence"]);
    }

    // Nothing listens on port 1 of this machine.
    private static async Task<LivePage> Start(string? token = Word, int port = 0)
    {
        var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=fer;Password=secret;Timeout=5");
        var settings = new LivePageSettings(new HttpAddress(IPAddress.Loopback, port), "gpu1", TimeSpan.FromSeconds(6), new ArtifactStore("no-store"), "", token);
        return await LivePage.StartAsync(settings, away, away, (new SweepRows(away), new RunRows(away), new HostRows(away, settings.Lease)), NullLoggerFactory.Instance, Stop);
    }
}
