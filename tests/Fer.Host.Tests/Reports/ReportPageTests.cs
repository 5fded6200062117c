using System.Xml;
using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Host.Reports;

namespace Fer.Host.Tests.Reports;

/// <summary>A whole run and its page, made once for all tests that only look at them.</summary>
public sealed class WholeRun : IDisposable
{
    public WholeRun()
    {
        Run = new SampleRun().Complete();
        State = Run.State;
        ReportWriter.Write(Run.Folder, State, Run.Store);
        Page = ReportPageTests.Parse(File.ReadAllBytes(Run.Folder.Report));
    }

    internal SampleRun Run { get; }

    internal RunState State { get; }

    internal XDocument Page { get; }

    public void Dispose() => Run.Dispose();
}

public class ReportPageTests(WholeRun whole) : IClassFixture<WholeRun>
{
    [Fact]
    public void A_whole_run_makes_one_well_formed_page_that_asks_the_network_for_nothing()
    {
        var page = whole.Page;
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "href" or "srcset" or "xlink:href" && !a.Value.StartsWith("data:", StringComparison.Ordinal) && !a.Value.StartsWith('#'));
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "script" or "link" or "iframe" or "object");
        var css = page.Descendants("style").Single().Value;
        Assert.DoesNotContain("url(", css);
        Assert.DoesNotContain("@import", css);
        Assert.Contains("prefers-color-scheme: dark", css);
        if (Environment.GetEnvironmentVariable("FER_KEEP_REPORT") is { Length: > 0 } keep)
        {
            File.Copy(whole.Run.Folder.Report, keep, overwrite: true);
        }
    }

    [Fact]
    public void The_page_has_every_section_and_no_broken_link_to_one()
    {
        var page = whole.Page;
        var ids = page.Descendants("section").Select(s => s.Attribute("id")!.Value).ToArray();
        Assert.Equal(["arms", "quality", "robustness", "data", "settings", "curves", "acceptance", "balance", "gain", "confusion", "reliability", "faces", "nearest", "timeline", "incidents", "reproduce"], ids);
        Assert.Equal(ids, page.Descendants("nav").Single().Elements("a").Select(a => a.Attribute("href")!.Value[1..]));
    }

    [Fact]
    public void The_same_run_gives_the_same_bytes()
    {
        using var run = new SampleRun { Rounds = 1 }.Complete();
        Assert.Equal(ReportWriter.Render(run.State, run.Store), ReportWriter.Render(run.State, run.Store));
    }

    [Fact]
    public void The_arms_table_shows_the_figures_of_the_state()
    {
        var rows = Section(whole.Page, "arms").Descendants("tbody").First().Elements("tr").ToDictionary(r => r.Element("th")!.Value, r => r.Elements("td").Select(d => d.Value).ToArray());
        var figures = whole.State.Steps[Names.Verdict].Figures;
        foreach (var arm in SampleRun.MainArms)
        {
            Assert.Equal(["1 × 2", .. new[] { "accuracy", "macroPrecision", "macroRecall", "macroF1", "auroc" }.Select(f => Percent(figures[$"{arm}.{f}"]))], rows[arm]);
        }
    }

    [Fact]
    public void Kept_and_rejected_counts_are_those_of_the_steps()
    {
        var rows = Section(whole.Page, "acceptance").Descendants("table").First().Element("tbody")!.Elements("tr").ToDictionary(r => r.Element("th")!.Value, r => r.Elements("td").Select(d => d.Value).ToArray());
        var figures = whole.State.Steps[Names.Sample(2, "happy")].Figures;
        Assert.Equal([Number(figures["drawn"]), Number(figures["kept"]), Percent(figures["kept"] / figures["drawn"]), Number(figures["rejected.confidence"]), Number(figures["rejected.near-copy"])], rows["2, happy"]);
        Assert.Equal(SampleRun.Labels.Count * whole.Run.Rounds, rows.Count);
    }

    [Fact]
    public void Balance_after_counts_only_the_rounds_that_the_refined_arm_is_trained_on()
    {
        using var run = new SampleRun { RoundsUsed = 1 }.Complete();
        var expected = run.Train.CountByClass()[2] + (int)run.State.Steps[Names.Sample(1, "happy")].Figures["kept"];
        Assert.Contains(Section(Render(run), "balance").Descendants("title"), t => t.Value == $"happy, real and kept: {expected}");
    }

    [Fact]
    public void Names_and_messages_from_outside_cannot_break_the_page()
    {
        using var run = new SampleRun { Rounds = 1 }.Start();
        run.Begin(Names.WarmUp("all"), "cpu:0");
        run.Happens(new StepFailed(DateTimeOffset.UnixEpoch, Names.WarmUp("all"), "cpu:0", "error", "</td><script>alert(1)</script> & \u001b[31m\ud800 \0 \U0001F600", 1));
        var page = Render(run);
        Assert.Empty(page.Descendants("script"));
        Assert.Contains(Section(page, "incidents").Descendants("td"), d => d.Value.Contains("</td><script>alert(1)</script> & \ufffd[31m\ufffd \ufffd \U0001F600", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_chart_says_in_words_what_it_is()
    {
        var charts = whole.Page.Descendants("svg").ToArray();
        Assert.True(charts.Length > 15);
        Assert.All(charts, c =>
        {
            Assert.Equal("img", c.Attribute("role")?.Value);
            Assert.False(string.IsNullOrWhiteSpace(c.Attribute("aria-label")?.Value));
            Assert.NotNull(c.Attribute("viewBox"));
        });
        Assert.DoesNotContain(charts.Descendants().Attributes(), a => a.Value.Contains("NaN", StringComparison.Ordinal) || a.Value.Contains('∞'));
    }

    [Fact]
    public void Faces_are_shown_with_what_the_filter_saw_and_rejected_ones_by_reason()
    {
        var faces = Section(whole.Page, "faces");
        Assert.Contains(faces.Descendants("figcaption"), c => c.Value.StartsWith("round 1, rejected for near-copy", StringComparison.Ordinal));
        Assert.Contains(faces.Descendants("img"), i => i.Attribute("title")!.Value.Contains("sure by 80.0 %", StringComparison.Ordinal));
        Assert.All(faces.Descendants("img"), i => Assert.StartsWith("data:image/png;base64,iVBOR", i.Attribute("src")!.Value));
    }

    [Fact]
    public void A_test_image_is_never_shown()
    {
        Assert.DoesNotContain(whole.Page.Descendants("img"), i => i.Attribute("title")!.Value.StartsWith("test/", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_at_any_point_of_its_life_has_a_page()
    {
        using var run = new SampleRun();
        Claims(run, "has not started");
        run.Start();
        Claims(run, "no step has started");
        run.Baseline();
        Claims(run, "not finished");
        run.Round(1);
        Claims(run, "not finished");
        run.Begin(Names.Gan(2, "all"), "cpu:0");
        Claims(run, $"not finished: its last step so far is {Names.Gan(2, "all")}");

        static void Claims(SampleRun run, string words)
        {
            var text = Render(run).Descendants("header").Single().Value;
            Assert.Contains(words, text);
            Assert.Contains("Nothing is claimed", text);
        }
    }

    [Fact]
    public void A_run_that_no_process_has_is_called_interrupted()
    {
        using var run = new SampleRun().Start();
        ReportWriter.Write(run.Folder, run.State, run.Store, held: false);
        Assert.Contains("interrupted", Parse(File.ReadAllBytes(run.Folder.Report)).Descendants("header").Single().Value);
    }

    [Fact]
    public void A_missing_or_damaged_file_becomes_a_sentence()
    {
        using var run = new SampleRun { Rounds = 1 }.Complete();
        var state = run.State;
        run.Store.Delete(state.Inputs[Names.Train]);
        File.WriteAllText(run.Store.PathOf(state.Steps[Names.Sample(1, "sad")].Files["kept"]), "cut");
        var page = Render(run);
        var sentences = Section(page, "unreadable").Descendants("li").Select(l => l.Value).ToArray();
        Assert.Contains(sentences, s => s.StartsWith("input train: ", StringComparison.Ordinal) && s.Contains("missing", StringComparison.Ordinal));
        Assert.Contains(sentences, s => s.StartsWith(Names.Sample(1, "sad"), StringComparison.Ordinal) && s.Contains("damaged", StringComparison.Ordinal));
        Assert.Contains("cannot be read", Section(page, "balance").Value);
    }

    [Fact]
    public void Incidents_and_restarts_are_told()
    {
        var page = whole.Page;
        var incidents = Section(page, "incidents").Value;
        Assert.Contains("attempt 1 failed: non-finite", incidents);
        Assert.Contains("went back to 300: learning rate × 0.5", incidents);
        Assert.Contains("taken up by another process", incidents);
        Assert.Contains("paused by the user", incidents);
        Assert.Contains(Section(page, "timeline").Descendants("text"), t => t.Value == "restart 1");
        Assert.Contains(Section(page, "timeline").Descendants("text"), t => t.Value == "1 h idle");
    }

    internal static XDocument Render(SampleRun run) => Parse(ReportWriter.Render(run.State, run.Store));

    private static XElement Section(XDocument page, string id) => page.Descendants("section").Single(s => s.Attribute("id")?.Value == id);

    private static string Percent(double share) => FormattableString.Invariant($"{share * 100:0.0} %");

    private static string Number(double value) => FormattableString.Invariant($"{value:#,0}");

    internal static XDocument Parse(byte[] page)
    {
        using var reader = XmlReader.Create(new MemoryStream(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
