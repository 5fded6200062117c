using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Actors.Tests.Journals;
using Fer.Host.Live.Web;
using Fer.Host.Tests.Live.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Page.Tests;

/// <summary>What the page's server says over PostgreSQL, without a browser.</summary>
[Collection("page")]
public sealed class ServerTests(PostgresServer server)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_is_bad_until_the_host_is_in_the_list_and_when_it_has_gone_silent()
    {
        await using var site = await Site.StartAsync(server);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };

        var (before, words) = await Health(http);
        await site.EnterHost();
        var (there, _) = await Until(http, HttpStatusCode.OK);
        await site.Execute("update fer.host set seen = clock_timestamp() - interval '1 minute'");
        var (silent, why) = await Until(http, HttpStatusCode.ServiceUnavailable);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, before);
        Assert.Equal("Host 'gpu1' is not in the list yet, or has left.", (string?)words["problems"]![0]);
        Assert.Equal(HttpStatusCode.OK, there);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, silent);
        Assert.StartsWith("Host 'gpu1' has said nothing for 6", (string?)why["problems"]![0]);
    }

    [Fact]
    public async Task A_writer_in_the_middle_of_a_transaction_holds_up_no_page_and_no_page_holds_up_a_writer()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 20);
        await site.AddRun("alone");
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        await using var connection = await site.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await using var command = connection.CreateCommand();
        command.CommandText = "update fer.run set status = 'failed'; update fer.sweep set status = 'cancelled'; delete from journal";
        await command.ExecuteNonQueryAsync(Stop);

        Assert.Contains("queued", await http.GetStringAsync("/", Stop));
        Assert.Contains("20 trials.", await http.GetStringAsync("/sweeps/search", Stop));
        Assert.Contains("queued", await http.GetStringAsync("/runs/alone", Stop));

        // Whatever a page has read, it holds nothing afterwards: even what locks most gets through at once.
        command.CommandText = "lock table fer.run, fer.sweep, journal in access exclusive mode nowait";
        await command.ExecuteNonQueryAsync(Stop);
    }

    [Fact]
    public async Task What_was_read_of_a_journal_is_not_read_again()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 20, running: 1);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        Assert.Contains("20 trials.", await http.GetStringAsync("/sweeps/search", Stop));

        await site.Execute("update journal set message = 'no record at all'::bytea");
        await site.Append(SweepReader.PersistenceId("search"), [new TrialEnded(DateTimeOffset.UtcNow, 20, 1, "completed", 0.9, "", 10)]);

        string page;
        do
        {
            page = await http.GetStringAsync("/sweeps/search", Stop);
        }
        while (!page.Contains("the best is trial 20 with refined.macroF1 0.9", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sweep_that_is_not_over_is_read_before_anybody_looks()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 20);
        await site.AddSweep("broken", 20);
        await site.Execute("update journal set message = 'no record at all'::bytea where persistence_id = 'sweep-broken'");
        var (looked, asked) = (new TaskCompletionSource(), new List<string>());
        var rows = site.Rows;
        var views = new Views(rows, site.Hosts, TimeSpan.FromSeconds(6), TimeProvider.System);
        await using var ahead = new FoldAhead(rows, views, (path, _) =>
        {
            asked.Add(path);
            if (asked.Count == 2)
            {
                looked.SetResult();
            }

            return Task.CompletedTask;
        }, TimeProvider.System, NullLogger.Instance);
        await looked.Task.WaitAsync(Stop);

        await site.Execute("update journal set message = 'no record at all'::bytea");

        Assert.Equal(20, (await views.SweepAsync("search"))!.State.Trials.Count);
        Assert.Equal(["/", "/sweeps/broken"], asked);
    }

    [Fact]
    public async Task A_journal_of_many_thousand_events_is_read_piece_by_piece_and_nothing_of_it_is_missed()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 1_500);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };

        var sweep = JsonNode.Parse(await http.GetStringAsync("/api/sweeps/search?size=1", Stop))!;

        Assert.Equal(1_500, (int)sweep["matching"]!);
        Assert.Equal(SweepSummary.Of(SampleSweep.State("search", 1_500)).Completed, (int)sweep["sweep"]!["completed"]!);
    }

    [Fact]
    public async Task A_sweep_and_a_run_that_no_host_has_taken_up_yet_are_shown_as_waiting()
    {
        await using var site = await Site.StartAsync(server);
        await site.Execute("drop table journal");
        await site.Sweeps.SubmitAsync("new", SampleSweep.Spec, "ada");
        await site.AddRun("fresh", """{"Settings":{"Loop":{"Rounds":9}}}""");
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };

        var sweep = await http.GetStringAsync("/sweeps/new", Stop);
        var run = await http.GetStringAsync("/runs/fresh", Stop);

        Assert.Contains("Sweep new waits for a host to take it up.", sweep);
        Assert.Contains("gan.learning-rate", sweep);
        Assert.Contains("It waits for a host to take it up.", run);
        Assert.Contains("<td>9</td>", run);
    }

    [Fact]
    public async Task Json_has_the_same_keys_whatever_is_known()
    {
        await using var site = await Site.StartAsync(server);
        await site.EnterHost();
        await site.AddSweep("search", 60);
        await site.AddRun("alone");
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };

        var sweeps = JsonNode.Parse(await http.GetStringAsync("/api/sweeps", Stop))!.AsArray();
        var sweep = JsonNode.Parse(await http.GetStringAsync("/api/sweeps/search?sort=-value&size=2", Stop))!;
        var runs = JsonNode.Parse(await http.GetStringAsync("/api/runs", Stop))!.AsArray();
        var run = JsonNode.Parse(await http.GetStringAsync("/api/runs/alone", Stop))!;
        var hosts = JsonNode.Parse(await http.GetStringAsync("/api/hosts", Stop))!.AsArray();

        Assert.Equal("id state reason planned running waiting completed pruned failed cancelled best value deviceSeconds filled submitted submitter", Keys(sweeps[0]));
        Assert.Equal("sweep sampler objective minimize mostTrials mostDeviceHours parallel axes matching page pages trials", Keys(sweep));
        Assert.Equal("number runId state attempt value values reports deviceSeconds planned ended reason", Keys(sweep["trials"]![0]));
        Assert.Equal([23, 7], sweep["trials"]!.AsArray().Select(t => (int)t!["number"]!));
        Assert.Equal("search-0023", (string?)sweep["trials"]![0]!["runId"]);
        Assert.Equal("id job state wish reason priority sweep trial attempt submitted ended submitter", Keys(runs[0]));
        Assert.Equal("run summary steps events", Keys(run));
        Assert.Equal("host state device label step hash position length unit since runs othersBytes", Keys(hosts[0]));
    }

    [Fact]
    public async Task A_slot_whose_GPU_others_use_is_shown_as_taken()
    {
        await using var site = await Site.StartAsync(server);
        await site.EnterHost();
        await site.TakeGpu(5L << 30);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };

        var hosts = JsonNode.Parse(await http.GetStringAsync("/api/hosts", Stop))!.AsArray();
        var page = await http.GetStringAsync("/", Stop);

        Assert.Equal(["there", "taken"], hosts.Select(h => (string)h!["state"]!));
        Assert.Equal([null, 5L << 30], hosts.Select(h => (long?)h!["othersBytes"]));
        Assert.Contains("""<span class="state taken">taken</span>""", page);
    }

    [Fact]
    public async Task With_the_token_a_run_is_paused_and_a_host_drained_and_nothing_else_is_taken_for_a_wish()
    {
        await using var site = await Site.StartAsync(server);
        await site.EnterHost();
        await site.AddRun("alone");
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Site.Word);

        var paused = await Post(http, "/api/runs/alone/pause");
        var drained = await Post(http, "/api/hosts/gpu1/drain");
        var unknown = await Post(http, "/api/runs/nobody/pause");
        var odd = await Post(http, "/api/runs/alone/explode");

        Assert.Equal((HttpStatusCode.OK, "Run 'alone': pause was asked for."), paused);
        Assert.Equal("pause", (await site.Runs.FindAsync("alone"))!.Wish);
        Assert.Equal((HttpStatusCode.OK, "Host 'gpu1' takes nothing new."), drained);
        Assert.True((await site.Hosts.AllAsync())[0].IsDraining);
        Assert.Equal((HttpStatusCode.NotFound, "There is no 'nobody'."), unknown);
        Assert.Equal(HttpStatusCode.NotFound, odd.Code);
    }

    private static string Keys(JsonNode? node) => string.Join(' ', node!.AsObject().Select(p => p.Key));

    private static async Task<(HttpStatusCode Code, string? Sentence)> Post(HttpClient http, string path)
    {
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), null, Stop);
        return (answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["sentence"]);
    }

    private static async Task<(HttpStatusCode Code, JsonNode Words)> Health(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("/health", UriKind.Relative), Stop);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!);
    }

    // What was read within the last second is said again.
    private static async Task<(HttpStatusCode Code, JsonNode Words)> Until(HttpClient http, HttpStatusCode code)
    {
        while (true)
        {
            var health = await Health(http);
            if (health.Code == code)
            {
                return health;
            }

            await Task.Delay(100, Stop);
        }
    }
}
