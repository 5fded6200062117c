using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Live.Web;
using Fer.Host.Reports.Charts;
using Fer.Host.Tests.Reports;

namespace Fer.Host.Tests.Live.Web;

/// <summary>Pages as they are drawn, from made-up sweeps and runs.</summary>
public class LivePagesTests
{
    private const string Evil = "<script>alert('\u0000')</script> & \"so\"";

    private static readonly DateTimeOffset Now = SampleSweep.Begin + TimeSpan.FromDays(1);

    private static readonly SeqLink NoSeq = new("");

    [Fact]
    public void A_sweep_of_ten_thousand_trials_is_a_small_page()
    {
        var page = SweepPage.Of(Look(SampleSweep.State("large", 10_000)), TrialQuery.Default, NoSeq, Now).Whole("gpu1", writes: true);

        Assert.InRange(page.Length, 10_000, 300_000);
        Assert.Equal(TrialQuery.PageSize, Html(page).Descendants("section").Concat(Html(page).Descendants("div")).First(e => Id(e) == "trials").Descendants("tbody").Single().Elements().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_sweep_of_hardly_a_trial_is_a_page_too(int trials)
    {
        var page = Html(SweepPage.Of(Look(SampleSweep.State("small", trials, running: trials)), TrialQuery.Default, NoSeq, Now).Whole("gpu1", writes: false));

        Assert.Contains("No trial has a value yet.", page.Value);
        Assert.Null(page.Descendants("main").Single().Attribute("data-writes"));
    }

    [Fact]
    public void A_sweep_whose_journal_is_half_read_is_counted_by_its_row_and_says_that_more_comes()
    {
        var row = new SweepLine("large", "running", "", SweepSummary.Of(SampleSweep.State("large", 200)), SampleSweep.Begin, "ada");
        var half = SweepPage.Of(new SweepLook(row, SampleSweep.State("large", 60), 1, []) { IsWhole = false }, TrialQuery.Default, NoSeq, Now);
        var whole = SweepPage.Of(new SweepLook(row, SampleSweep.State("large", 200), 1, []), TrialQuery.Default, NoSeq, Now);

        var (page, complete) = (Html(half.Whole("gpu1", writes: false)), Html(whole.Whole("gpu1", writes: false)));

        Assert.Equal(complete.Descendants("h1").Single().Value, page.Descendants("h1").Single().Value);
        Assert.Contains("Its journal is still being read: what is below shows the first 60 of 200 trials, as they were then.", page.Value);
        Assert.NotEqual(whole.Version, half.Version);
        // A browser without a script asks again by itself; with one the server says when there is more.
        Assert.Equal("refresh", page.Descendants("noscript").Single().Element("meta")!.Attribute("http-equiv")!.Value);
        Assert.Empty(complete.Descendants("noscript"));
    }

    [Fact]
    public void Steps_that_were_there_already_are_said_of_a_sweep_its_trials_and_a_run()
    {
        var sweep = SampleSweep.State("small", 2, running: 1).Apply(new Fer.Actors.Sweeps.V1.TrialEnded(Now, 2, 1, "completed", 0.7, "", 0) { Steps = 12, Reused = 12 });
        var spec = new StepSpec("gan", "gan", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 0);
        var step = new StepState(spec, "h", StepStatus.Completed) { Attempts = [new Attempt(Attempt.Nowhere, 1, Now, Now, "completed")] };
        var run = RunState.Empty with { Steps = RunState.Empty.Steps.SetItem("gan", step), Order = ["gan"] };
        var row = new RunLine("small-0002", "refinement", 0, "completed", "", "", Now, "ada", Now, "small", 2, 1);

        var page = Html(SweepPage.Of(Look(sweep), TrialQuery.Default, NoSeq, Now).Whole("gpu1", writes: false));
        var trial = Html(RunPage.Of(new RunLook(row, run, "{}", 1, [], ImmutableDictionary<string, SlotUse>.Empty), Look(sweep), NoSeq, Now).Whole("gpu1", writes: false));

        Assert.Contains("Of the trials that are over, 12 of 12 steps were there already.", page.Value);
        Assert.Contains("12 of 12", page.Descendants("td").Select(d => d.Value));
        Assert.Contains("was there already", trial.Descendants("td").Select(d => d.Value));
        Assert.DoesNotContain("/", trial.Descendants("td").Select(d => d.Value));
        Assert.Contains("1 of which were there already", trial.Descendants("h1").Single().Value);
    }

    [Fact]
    public void A_host_that_has_left_out_words_is_not_shown_as_there_long_before_its_lease_is_over()
    {
        var lease = TimeSpan.FromSeconds(6);
        HostRow Host(double silent, bool draining = false) => new("gpu1", "1", [], "", draining, Now, TimeSpan.FromSeconds(silent));

        Assert.Equal(["there", "draining", "unheard", "unheard", "silent"], new[] { Host(1), Host(1, draining: true), Host(3.5), Host(3.5, draining: true), Host(7) }.Select(h => h.StateAt(lease)));

        var host = Host(4);
        var page = Html(OverviewPage.Of(new Overview(Now, [], [], [new SlotLine("gpu1", "1", host.StateAt(lease), "cuda:0", "GPU", null, [])], [host])).Whole("gpu1", writes: false));
        Assert.Contains("unheard since 07:59:56", page.Value);
    }

    [Fact]
    public void Whatever_a_name_a_reason_or_a_value_holds_is_text()
    {
        var sweep = SampleSweep.State("small", 10);
        sweep = sweep with { Trials = sweep.Trials.SetItem(0, sweep.Trials[0] with { Reason = Evil, Values = sweep.Trials[0].Values.SetItem("loop.labels", Evil) }), Spec = sweep.Spec! with { Objective = Evil, Source = Evil, Base = Evil } };
        var line = new SweepLine(Evil, "running", Evil, new SweepSummary(), Now, Evil);
        var run = new RunLine(Evil, Evil, 0, "running", Evil, Evil, Now, Evil, null, "", 0, 0);
        var slot = new SlotLine(Evil, Evil, "there", Evil, Evil, new SlotUse(Evil, Evil, Evil, Evil, 1, Now, 1, 2, Evil), [Evil]);
        var query = TrialQuery.Default with { Text = Evil, Sort = Evil, State = Evil, Axis = Evil };

        PageFrame[] frames =
        [
            SweepPage.Of(new SweepLook(line, sweep, 9, []), query with { Text = "" }, new SeqLink("http://seq"), Now), SweepPage.Of(new SweepLook(line, sweep, 9, []), query, NoSeq, Now),
            OverviewPage.Of(new Overview(Now, [line], [run], [slot], [new HostRow(Evil, Evil, [], Evil, false, Now, TimeSpan.Zero)])),
            RunPage.Of(new RunLook(run, null, "{}", 0, [new EventLine(Now, Serilog.Events.LogEventLevel.Error, Evil, Evil, Evil)], ImmutableDictionary<string, SlotUse>.Empty), null, new SeqLink("http://seq"), Now),
            PageFrame.Sentence(Evil, Evil),
        ];

        Assert.All(frames, f =>
        {
            var page = Html(f.Whole(Evil, writes: true));
            Assert.Equal("/page.js?v=" + Assets.Script.Hash, Assert.Single(page.Descendants("script")).Attribute("src")!.Value);
            Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || a.Name.LocalName == "style");
            Assert.Contains("<script>alert('\uFFFD')</script> & \"so\"", page.Value);
        });
    }

    [Fact]
    public void Every_part_has_a_name_of_its_own_and_every_label_its_field()
    {
        var page = Html(SweepPage.Of(Look(SampleSweep.State("small", 60)), TrialQuery.Default, NoSeq, Now).Whole("gpu1", writes: true));
        var ids = page.Descendants().Select(Id).OfType<string>().ToList();

        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants().Where(e => e.Attribute("data-part") is not null), e => Assert.NotNull(Id(e)));
        Assert.All(page.Descendants("label"), l => Assert.Contains(l.Attribute("for")!.Value, ids));
        Assert.All(page.Descendants("thead").Descendants("th"), h => Assert.Equal("col", h.Attribute("scope")!.Value));
        Assert.All(page.Descendants("svg"), s => Assert.NotEmpty(s.Attribute("aria-label")!.Value));
    }

    [Fact]
    public void A_run_shows_what_it_differs_in_its_steps_its_faces_and_what_happened()
    {
        using var run = new SampleRun { Rounds = 2, Seeds = 1 };
        run.Complete();
        var row = new RunLine("sample", "refinement", 0, "completed", "", "", Now, "ada", Now, "", 0, 0);
        var events = run.Events.Aggregate((State: RunState.Empty, Lines: ImmutableArray<EventLine>.Empty), (all, e) =>
        {
            var state = all.State.Apply(e);
            return (state, all.Lines.Add(new EventLine(e.At, EventWords.Of(e, state).Level, EventWords.Of(e, state).Sentence, null, null)));
        });

        var page = Html(RunPage.Of(new RunLook(row, events.State, run.Settings, events.Lines.Length, events.Lines, ImmutableDictionary<string, SlotUse>.Empty), null, new SeqLink("http://seq"), Now).Whole("gpu1", writes: true));
        var faces = page.Descendants("img").ToList();

        Assert.Equal(2 * SampleRun.Labels.Names.Length, faces.Count);
        Assert.StartsWith("/runs/sample/faces?step=sample%2Fround-1%2F", faces[0].Attribute("src")!.Value);
        Assert.Contains("fer.classifier.steps", page.Value);
        Assert.Contains("The run is complete", page.Value);
        Assert.Contains("http://seq/#/events?filter=RunId%20%3D%20%27sample%27", page.Descendants("a").Attributes("href").Select(a => a.Value));
        var kept = KeptFaces.In(events.State, "sample/round-1/happy")!;
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], kept.Png(run.Store).Take(4).Select(b => (int)b));
        Assert.Null(KeptFaces.In(events.State, "gan/round-1/all"));
    }

    [Theory]
    [InlineData("http://seq:5341/", "http://seq:5341/#/events?filter=Host%20%3D%20%27a%27%27b%27")]
    [InlineData("http://user:secret@seq:5341", null)]
    [InlineData("", null)]
    public void A_way_into_Seq_has_the_filter_and_never_a_password(string url, string? address) => Assert.Equal(address, new SeqLink(url).Address("Host", "a'b"));

    [Fact]
    public void A_logarithmic_axis_is_marked_at_powers_of_ten_and_its_dots_are_where_they_belong()
    {
        var chart = new ScatterChart("t", "x", [new(1e-4, 1, false, "a"), new(1e-3, 2, true, "b"), new(1e-2, 3, false, "c")]) { LogX = true, Range = (1e-5, 1e-1) }.Draw();
        var places = chart.Descendants("circle").Select(c => (double)c.Attribute("cx")!).ToList();

        Assert.Equal(places[1] - places[0], places[2] - places[1], 0.1);
        Assert.All(["0.0001", "0.001", "0.01"], t => Assert.Contains(t, chart.Descendants("text").Select(e => e.Value)));
        Assert.Equal("ring", chart.Descendants("circle").ElementAt(1).Attribute("class")!.Value);
    }

    private static SweepLook Look(SweepState state) => new(new SweepLine("large", "running", "", SweepSummary.Of(state), SampleSweep.Begin, "ada"), state, 1, [.. SampleSweep.Events("large", 3).TakeLast(5)]);

    private static string? Id(XElement e) => e.Attribute("id")?.Value;

    private static XElement Html(byte[] page) => XDocument.Parse(Encoding.UTF8.GetString(page)).Root!;
}
