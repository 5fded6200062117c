using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Actors.Tests.Journals;
using Fer.Host.Tests.Live.Web;
using Fer.Host.Tests.Reports;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fer.Page.Tests;

/// <summary>The page as a reader has it: in Chromium, over PostgreSQL.</summary>
[Collection("page")]
public sealed class PageTests(PostgresServer server, Browser browser)
{
    // A machine with other work is slow, and nothing here is about speed.
    private const float Patience = 60_000;

    private static readonly LocatorAssertionsToHaveTextOptions Text = new() { Timeout = Patience };
    private static readonly LocatorAssertionsToHaveAttributeOptions Attribute = new() { Timeout = Patience };

    [Fact]
    public async Task From_the_list_to_a_sweep_to_a_trial_nothing_is_complained_of_and_nothing_leaves_the_origin()
    {
        await using var site = await Site.StartAsync(server, seq: "http://seq.example:5341/");
        await site.EnterHost();
        await site.AddSweep("search", 60);
        await site.AddRun("search-0001", sweep: "search", trial: 1);
        await using var visit = await Visit.StartAsync(browser);

        await visit.Page.GotoAsync(site.Url);
        await Expect(visit.Page.Locator("#hosts tbody tr")).ToHaveCountAsync(2, new() { Timeout = Patience });
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "search" }).ClickAsync();
        await Expect(visit.Page.Locator("h1")).ToHaveTextAsync("49 trials are done of at most 20,000, 3 running, 6 pruned, 2 failed; the best is trial 23 with refined.macroF1 0.6476.", Text);
        await Expect(visit.Page.Locator("#live")).ToHaveTextAsync("live", Text);
        await Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "Its log in Seq" })).ToHaveAttributeAsync("href", "http://seq.example:5341/#/events?filter=SweepId%20%3D%20%27search%27", Attribute);
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "1", Exact = true }).ClickAsync();
        await Expect(visit.Page.Locator("#head")).ToContainTextAsync("trial 1 of sweep search", new() { Timeout = Patience });

        Assert.Empty(visit.Complaints);
        Assert.All(visit.Asked, address => Assert.True(address.StartsWith(site.Url + "/", StringComparison.Ordinal) || address.StartsWith("data:", StringComparison.Ordinal), address));
    }

    [Fact]
    public async Task The_trials_are_sorted_by_keyboard_and_the_focus_stays()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser);
        await visit.Page.GotoAsync($"{site.Url}/sweeps/search");
        var header = visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "refined.macroF1" });
        var first = visit.Page.Locator("#trials tbody tr").First.GetByRole(AriaRole.Rowheader);

        await visit.Page.Locator("#q").FocusAsync();
        for (var tabs = 0; tabs < 20 && await visit.Ask<string>("() => document.activeElement.id") != "sort-value"; tabs++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
        }

        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(header).ToHaveAttributeAsync("aria-sort", "descending", Attribute);
        await Expect(first).ToHaveTextAsync("23", Text);
        Assert.Equal("sort-value", await visit.Ask<string>("() => document.activeElement.id"));
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(header).ToHaveAttributeAsync("aria-sort", "ascending", Attribute);
        await Expect(first).ToHaveTextAsync("53", Text);
        Assert.EndsWith("/sweeps/search?x=gan.learning-rate&sort=value", visit.Page.Url);

        await visit.Page.GoBackAsync();
        await Expect(header).ToHaveAttributeAsync("aria-sort", "descending", Attribute);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task The_trials_are_filtered_by_words_and_by_state_and_another_setting_is_drawn()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser);
        await visit.Page.GotoAsync($"{site.Url}/sweeps/search");
        var count = visit.Page.Locator("#count");

        await visit.Page.Locator("#q").FillAsync("labels=hard failed");
        await Expect(count).ToHaveTextAsync("1 of 60 trials.", Text);
        // What a trial failed of may hold anything, and is text.
        await Expect(visit.Page.Locator("#trials tbody tr td").Last).ToHaveTextAsync("memory ran out: <b>cuda:0</b> & \"more\"", Text);
        await visit.Page.Locator("#q").FillAsync("");
        await visit.Page.Locator("#state").SelectOptionAsync("pruned");
        await Expect(count).ToHaveTextAsync("6 of 60 trials.", Text);
        await visit.Page.Locator("#x").SelectOptionAsync("loop.labels");
        await Expect(visit.Page.Locator("#against svg")).ToHaveAttributeAsync("aria-label", "refined.macroF1 over loop.labels", Attribute);
        await Expect(count).ToHaveTextAsync("6 of 60 trials.", Text);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Without_a_script_all_of_it_is_read_sorted_and_filtered()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser, script: false);
        await visit.Page.GotoAsync($"{site.Url}/sweeps/search");

        await visit.Page.Locator("#q").FillAsync("labels=soft");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "refined.macroF1" }).ClickAsync();

        await Expect(visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "refined.macroF1" })).ToHaveAttributeAsync("aria-sort", "descending", Attribute);
        await Expect(visit.Page.Locator("#trials tbody tr").First.GetByRole(AriaRole.Rowheader)).ToHaveTextAsync("23", Text);
        await Expect(visit.Page.Locator("#q")).ToHaveValueAsync("labels=soft", new() { Timeout = Patience });
        await Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToBeHiddenAsync(new() { Timeout = Patience });
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sweeps/search")]
    [InlineData("/runs/sample")]
    public async Task On_a_phone_no_page_is_wider_than_the_screen(string path)
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1 };
        await using var site = await Site.StartAsync(server, store: run.Store.Root);
        await AddRun(site, run);
        await site.EnterHost();
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser, width: 360, height: 740);

        await visit.Page.GotoAsync(site.Url + path);

        Assert.Equal(0, await visit.Ask<int>("() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"));

        // And nothing of a table is beyond its edge: every cell that says something is seen.
        Assert.Equal("", await visit.Ask<string>("() => [...document.querySelectorAll('.cards th, .cards td')].filter((c) => { const r = c.getBoundingClientRect(); return r.width > 0 && (r.right > innerWidth || r.left < 0); }).map((c) => c.textContent).join('; ')"));
        Assert.True(await visit.Ask<bool>("() => [...document.querySelectorAll('.cards tbody tr')].every((r) => r.querySelector('th').getBoundingClientRect().width > 0)"));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task A_run_shows_its_steps_events_and_the_faces_that_were_kept()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1 };
        await using var site = await Site.StartAsync(server, store: run.Store.Root);
        await AddRun(site, run);
        await using var visit = await Visit.StartAsync(browser);

        await visit.Page.GotoAsync($"{site.Url}/runs/sample");

        await Expect(visit.Page.Locator("#events li").First).ToContainTextAsync("The run is complete", new() { Timeout = Patience });
        await Expect(visit.Page.Locator("#faces figure")).ToHaveCountAsync(SampleRun.Labels.Names.Length, new() { Timeout = Patience });
        await visit.Page.Locator("#faces img").First.ScrollIntoViewIfNeededAsync();
        await visit.Page.WaitForFunctionAsync("() => { const i = document.querySelector('#faces img'); return i.complete && i.naturalWidth > 0; }");
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    public async Task A_runs_timeline_has_an_axis_of_time_that_is_read_on_a_desk_and_on_a_phone(int width, ColorScheme scheme)
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1 };
        await using var site = await Site.StartAsync(server, store: run.Store.Root);
        await AddRun(site, run);
        await using var visit = await Visit.StartAsync(browser, width: width, scheme: scheme);

        await visit.Page.GotoAsync($"{site.Url}/runs/sample");

        // The first ticks are on the screen without a touch, in letters of the size that they have on a desk, and not in the colour of what is behind.
        Assert.True(await visit.Ask<int>("() => [...document.querySelectorAll('#steps svg .tick')].filter((t) => { const r = t.getBoundingClientRect(); return r.height >= 10 && r.left >= 0 && r.right <= innerWidth; }).length") >= 3);
        Assert.Equal(0, await visit.Ask<int>("() => [...document.querySelectorAll('#steps svg .tick')].filter((t) => getComputedStyle(t).fill === getComputedStyle(document.documentElement).backgroundColor).length"));
        Assert.Contains("time since ", await visit.Page.Locator("#steps svg").TextContentAsync());
    }

    [Fact]
    public async Task Where_nothing_can_be_changed_there_is_no_empty_band_for_buttons()
    {
        await using var site = await Site.StartAsync(server, token: null);
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser);

        await visit.Page.GotoAsync($"{site.Url}/sweeps/search");

        Assert.Equal(0, await visit.Ask<int>("() => [...document.querySelectorAll('main .acts')].reduce((sum, p) => sum + p.getBoundingClientRect().height, 0)"));
    }

    [Fact]
    public async Task Dark_is_dark_and_light_is_light()
    {
        await using var site = await Site.StartAsync(server);
        await using var dark = await Visit.StartAsync(browser, scheme: ColorScheme.Dark);
        await using var light = await Visit.StartAsync(browser);
        const string paper = "() => getComputedStyle(document.documentElement).backgroundColor";

        await dark.Page.GotoAsync(site.Url);
        await light.Page.GotoAsync(site.Url);

        Assert.Equal("rgb(18, 22, 27)", await dark.Ask<string>(paper));
        Assert.Equal("rgb(255, 255, 255)", await light.Ask<string>(paper));
    }

    [Fact]
    public async Task A_trial_that_is_planned_appears_by_itself_and_what_the_reader_did_stays()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser, height: 500);
        await visit.Page.GotoAsync($"{site.Url}/sweeps/search?sort=-number");
        await Expect(visit.Page.Locator("#live")).ToHaveTextAsync("live", Text);
        await visit.Ask<object>("() => { window.same = true; document.getElementById('sort-number').focus(); window.scrollTo(0, 300); }");
        await visit.Page.WaitForFunctionAsync("() => scrollY === 300");

        await site.Append(SweepReader.PersistenceId("search"), [new TrialPlanned(DateTimeOffset.UtcNow, 61, SampleSweep.State("search", 1).Trial(1).Values)]);

        await Expect(visit.Page.Locator("#count")).ToHaveTextAsync("61 trials.", Text);
        await Expect(visit.Page.Locator("#trials tbody tr").First.GetByRole(AriaRole.Rowheader)).ToHaveTextAsync("61", Text);
        Assert.True(await visit.Ask<bool>("() => window.same && document.activeElement.id === 'sort-number' && scrollY === 300"));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task To_pause_a_sweep_the_token_is_asked_for_once()
    {
        await using var site = await Site.StartAsync(server);
        await site.AddSweep("search", 60);
        await using var visit = await Visit.StartAsync(browser);
        await visit.Page.GotoAsync($"{site.Url}/sweeps/search");
        var pause = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" });

        await pause.ClickAsync();
        await visit.Page.Locator("#token").FillAsync("not the token of this host");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.Locator("#said")).ToHaveTextAsync("That is not the host's token.", Text);
        Assert.Empty(await site.Sweeps.WishesAsync());

        await pause.ClickAsync();
        await visit.Page.Locator("#token").FillAsync(Site.Word);
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.Locator("#said")).ToHaveTextAsync("Sweep 'search': pause was asked for; it is done once a host coordinates.", Text);
        await pause.ClickAsync();
        await Expect(visit.Page.Locator("#ask")).ToBeHiddenAsync(new() { Timeout = Patience });
        await visit.Page.WaitForResponseAsync(r => r.Request.Method == "POST" && r.Ok);

        Assert.Equal(["pause", "pause"], (await site.Sweeps.WishesAsync()).Select(w => w.Wish));
    }

    private static async Task AddRun(Site site, SampleRun run)
    {
        run.Complete();
        await site.AddRun("sample");
        await site.Append(RunReader.PersistenceId("sample"), run.Events);
    }
}
