using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports;
using Fer.Host.Reports.Sections;

namespace Fer.Host.Tests.Reports;

/// <summary>A whole run of three loops with two seeds and six arms, and its page, made once for all tests that only look at them.</summary>
public sealed class LoopsRun : IDisposable
{
    public LoopsRun()
    {
        Run = new SampleRun("loops") { Rounds = 2, Loops = 3, AllArms = true }.Complete();
        ReportWriter.Write(Run.Folder, Run.State, Run.Store);
        Page = ReportPageTests.Parse(File.ReadAllBytes(Run.Folder.Report));
        if (Environment.GetEnvironmentVariable("FER_KEEP_REPORT") is { Length: > 0 } keep)
        {
            File.Copy(Run.Folder.Report, keep + "-loops.html", overwrite: true);
        }
    }

    internal SampleRun Run { get; }

    internal XDocument Page { get; }

    public void Dispose() => Run.Dispose();
}

public class SeveralLoopsTests(LoopsRun loops) : IClassFixture<LoopsRun>
{
    private static readonly string[] SixArms = ["real", "control", "unfiltered", "refined", "refined-soft", "oracle"];

    [Fact]
    public void The_verdict_leads_and_a_sentence_each_tells_of_real_faces_filter_labels_and_room()
    {
        var header = loops.Page.Descendants("header").Single();
        Assert.Equal(["p", "p", "h1", "p", "ul", "p"], header.Elements().Select(e => e.Name.LocalName));
        Assert.Contains("GAN runs", header.Element("h1")!.Value);
        Assert.StartsWith("The GAN runs, one by one: ", header.Elements("p").Single(p => p.Attribute("class")?.Value == "limits").Value);
        Assert.Equal(4, header.Descendants("li").Count());
    }

    [Fact]
    public void Every_arm_has_a_row_of_dots_with_a_lane_for_each_loop_and_the_oracle_stands_across_all()
    {
        var chart = Section("arms").Descendants("svg").First(s => s.Attribute("aria-label")!.Value == "Macro F1 of each arm");
        Assert.Equal(6 * 3, Groups(chart, "lane").Length);
        Assert.Equal(6 * 3 * 2, chart.Descendants("circle").Count());
        Assert.Equal(["1", "2", "3"], Groups(chart, "lane").Take(3).Select(g => g.Element("text")!.Value));
        Assert.Equal("oracle", chart.Descendants("line").Single(l => l.Attribute("class")!.Value == "across").Parent!.Element("text")!.Value);
    }

    [Fact]
    public void All_differences_are_drawn_with_their_intervals_and_each_loop_s_own()
    {
        var chart = Section("arms").Descendants("svg").Single(s => s.Attribute("aria-label")!.Value == "Differences between arms");
        Assert.Equal(5, Groups(chart, "whisker").Length);
        Assert.Equal(5 * 3, chart.Descendants("circle").Count());
        var rows = Rows(Section("arms").Descendants("table").ElementAt(1));
        Assert.Equal(["refined − control", "refined − real", "filtered − unfiltered", "soft − hard labels", "oracle − control"], rows.Keys);
        foreach (var (title, difference) in ArmDifference.Of(loops.Run.State).Select(d => (d.Title, d)))
        {
            Assert.Equal([.. difference.Loops.Zip(difference.LoopWords, (d, word) => Points(d) + word), Points(difference.Delta)], rows[title].Take(4));
            Assert.Equal([difference.Interval, difference.Word], rows[title].TakeLast(2));
        }
    }

    [Fact]
    public void The_control_s_recipe_and_every_arm_s_steps_stand_there_with_their_candidates()
    {
        var arms = Section("arms");
        Assert.Contains("Recipe of the control, chosen on validation B: balanced (each class equally often) in loops 1, 3; soft (each class equally often, with a teacher's probabilities as labels) in loop 2.", arms.Value);
        Assert.Contains(arms.Descendants("tr"), r => r.Value == "oraclereal faces and as many more real ones, held back until then");
        var choices = Rows(arms.Descendants("details").Single(d => d.Value.Contains("candidates", StringComparison.Ordinal)).Descendants("table").Single());
        Assert.Equal(["steps", "200 (× 0.5)"], choices["3, oracle"].Take(2));
        Assert.Contains(arms.Descendants("td"), d => d.Value == "macro F1 of control on validation B: natural 52.2, balanced 53.2, weighted 51.8, soft 54.0");
    }

    [Fact]
    public void A_section_that_shows_one_loop_says_which_and_where_the_others_are()
    {
        Assert.All(["data", "curves", "acceptance", "balance", "gain", "faces", "nearest"], id => Assert.Contains("Shown here is loop 1 of 3.", Section(id).Value));
        var kept = Rows(Section("acceptance").Descendants("table").Last());
        Assert.Equal(["angry", "fear", "happy", "neutral", "sad", "all"], kept.Keys);
        Assert.StartsWith("35 (", kept["happy"][0]);
        Assert.StartsWith("43 (", kept["happy"][2]);
        Assert.Equal(["+2.0 ± 1.1", "2"], Rows(Section("gain").Descendants("table").Last())["loop 1"].Skip(1).Take(2));
    }

    [Fact]
    public void A_run_of_one_loop_says_nothing_of_loops()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, AllArms = true }.Complete();
        var page = ReportPageTests.Render(run);
        Assert.DoesNotContain("loop 1", page.Descendants("main").Single().Value);
        Assert.DoesNotContain("Every loop", page.Descendants("h3").Select(h => h.Value));
        Assert.Equal(SixArms, Rows(page.Descendants("table").First()).Keys);
    }

    [Fact]
    public void A_later_loop_s_steps_have_the_owner_that_the_first_one_s_have()
    {
        foreach (var step in (string[])[Names.Gan(1, "all"), Names.Sample(1, "sad"), Names.Unchecked(1, "sad"), Names.Classify(Names.Oracle, 0)])
        {
            Assert.Equal(Timeline.Owner(step), Timeline.Owner(Names.InLoop(2, step)));
        }

        Assert.Equal("ClassifierFilterActor", Timeline.Owner(Names.InLoop(2, Names.Unchecked(1, "sad"))).Actor);
    }

    [Fact]
    public void No_two_arms_of_a_run_share_a_colour()
    {
        Assert.Equal(6, SixArms.Select(ArmWords.Colour).Distinct().Count());
        Assert.Equal(ArmWords.Colour(Names.RefinedSoft), ArmWords.Colour(Names.RefinedHard));
    }

    private XElement Section(string id) => loops.Page.Descendants("section").Single(s => s.Attribute("id")?.Value == id);

    private static XElement[] Groups(XElement chart, string name) => [.. chart.Descendants("g").Where(g => g.Attribute("class")?.Value == name)];

    private static Dictionary<string, string[]> Rows(XElement table) =>
        table.Element("tbody")!.Elements("tr").GroupBy(r => r.Element("th")!.Value).ToDictionary(g => g.Key, g => g.Last().Elements("td").Select(d => d.Value).ToArray());

    private static string Points(double difference) => Math.Round(difference * 100, 1) is var p && Math.Abs(p) < 0.05 ? "0.0" : FormattableString.Invariant($"{p:+0.0;−0.0}");
}
