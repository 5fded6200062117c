using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs.V1;
using Fer.Host.Reports;

namespace Fer.Host.Tests.Reports;

public class HeadlineTests
{
    [Theory]
    [InlineData("better", 0.041, "helped: refined is 4.1 points of macro F1 above the control (95 % interval +1.3 to +6.9)")]
    [InlineData("worse", -0.041, "did harm: refined is 4.1 points of macro F1 below the control (95 % interval −6.9 to −1.3)")]
    [InlineData("equivalent", 0.0, "made no difference that matters: refined is 0.0 points of macro F1 from the control (95 % interval −2.8 to +2.8)")]
    [InlineData("undecided", 0.012, "cannot tell whether kept synthetic faces helped: refined is 1.2 points of macro F1 above the control (95 % interval −1.6 to +4.0)")]
    public void Each_verdict_has_its_honest_sentence(string verdict, double delta, string words)
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Delta = delta }.Complete(verdict);
        var headline = Headline.Of(run.State);
        Assert.Contains(words, headline);
        Assert.StartsWith($"Verdict: {verdict}. ", headline);
        Assert.Contains("). One GAN run, no claim about the method. ", headline);
    }

    [Theory]
    [InlineData("together", false)]
    [InlineData("as-they-come", true)]
    public void A_run_that_left_twins_as_they_come_says_that_its_figures_are_flattered(string twins, bool said)
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Settings = $$$"""{"Settings":{"Data":{"Twins":"{{{twins}}}"},"Loop":{"Rounds":1,"Seeds":1}},"Classes":["angry","fear","happy","neutral","sad"],"TrainCounts":[61,34,120,80,75]}""" }.Complete("equivalent");
        Assert.Equal(said, Headline.Short(run.State).EndsWith("Twins were left as they come: test faces may have been trained on, so every figure is flattered.", StringComparison.Ordinal));
    }

    [Fact]
    public void Several_loops_are_said_one_by_one_and_the_claim_is_over_all_of_them()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Loops = 3, Figures = [.. Control(0.021, 0.003, 0.039), ("vsControl.loop-1", 0.019), ("vsControl.loop-2", 0.026), ("vsControl.loop-3", -0.001)] }.Complete("better");
        var text = Headline.Parts(run.State);
        Assert.Equal("Over 3 GAN runs kept synthetic faces helped: refined is 2.1 points of macro F1 above the control (95 % interval +0.3 to +3.9).", text.Claim);
        Assert.Equal("The GAN runs, one by one: +1.9, +2.6 and −0.1 points; the interval is over GAN runs and test images.", text.Scope);
        Assert.DoesNotContain("no claim about the method", Headline.Of(run.State));
    }

    [Fact]
    public void Of_two_loops_it_is_said_that_two_hardly_decide()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Loops = 2, Figures = [.. Control(0.02, -0.05, 0.09), ("vsControl.loop-1", 0.015), ("vsControl.loop-2", 0.025)] }.Complete("undecided");
        var text = Headline.Parts(run.State);
        Assert.StartsWith("2 GAN runs cannot tell whether kept synthetic faces helped: refined is 2.0 points of macro F1 above the control", text.Claim);
        Assert.StartsWith("The GAN runs, one by one: +1.5 and +2.5 points. Two hardly decide: from two the interval reaches 12.7 standard errors to either side", text.Scope);
    }

    [Theory]
    [InlineData("vsUnfiltered", 1, 0.013, 0.002, 0.024, "The filter helped: +1.3 points (+0.2 to +2.4) over as many unfiltered faces.")]
    [InlineData("vsUnfiltered", 2, 0.013, -0.012, 0.038, "Whether the filter helped cannot be told: +1.3 points (−1.2 to +3.8) over as many unfiltered faces.")]
    [InlineData("softVsHard", -1, -0.02, -0.035, -0.005, "Soft labels did harm: −2.0 points (−3.5 to −0.5) over hard ones.")]
    [InlineData("softVsHard", 0, 0.001, -0.008, 0.01, "Soft labels made no difference that matters: +0.1 points (−0.8 to +1.0) over hard ones.")]
    [InlineData("room", 1, 0.042, 0.02, 0.064, "Synthetic faces brought 50 % of what as many extra real faces bring (+2.1 of +4.2 points). The room's interval: +2.0 to +6.4.")]
    [InlineData("room", 2, 0.012, -0.01, 0.034, "The data leave no room that could be shown: as many extra real faces bring +1.2 points (−1.0 to +3.4) over the control.")]
    [InlineData("room", 0, -0.001, -0.01, 0.008, "The data leave no room: as many extra real faces bring −0.1 points (−1.0 to +0.8) over the control.")]
    public void What_filter_labels_and_the_data_brought_has_a_sentence_each(string name, double word, double delta, double low, double high, string sentence)
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, AllArms = true, Figures = [.. Control(0.021, 0.003, 0.039), .. Figures(name, delta, low, high), (name + ".verdict", word)] }.Complete("better");
        Assert.Contains(sentence, Headline.Parts(run.State).Also);
        Assert.Contains(sentence, Headline.Of(run.State));
    }

    [Fact]
    public void A_run_without_the_other_arms_says_nothing_of_filter_labels_and_room()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1 }.Complete("better");
        Assert.StartsWith("Against real faces as they come: ", Assert.Single(Headline.Parts(run.State).Also));
    }

    [Theory]
    [InlineData("noise", "undecided", "placebo undecided", "A test of the machinery, no claim about synthetic faces: kept images were images of noise, and no gain was shown, nor ruled out: refined is")]
    [InlineData("copies", "equivalent", "placebo without a gain", "A test of the machinery, no claim about synthetic faces: kept images were copies of training faces, and as it must be they came out as no gain: refined is")]
    [InlineData("noise", "better", "placebo with a gain", "A test of the machinery, which it does not pass: kept images were images of noise, and they came out as a gain: refined is")]
    public void A_placebo_is_headed_as_a_test_of_the_machinery_and_never_as_a_claim(string placebo, string verdict, string word, string claim)
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, AllArms = true, Settings = """{"Settings":{"Loop":{"Placebo":"WHAT"}}}""".Replace("WHAT", placebo, StringComparison.Ordinal) }.Complete(verdict);
        Assert.StartsWith($"Verdict: {word}. {claim}", Headline.Of(run.State));
        Assert.DoesNotContain("helped", Headline.Of(run.State));
        Assert.DoesNotContain("filter", Headline.Of(run.State), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Synthetic faces brought", Headline.Of(run.State));
        Assert.DoesNotContain("kept ones", ArmWords.TrainsOn(run.State, Names.Refined));
        Assert.Equal(word, ReportPageTests.Render(run).Descendants("p").Single(p => p.Attribute("class")?.Value.StartsWith("verdict", StringComparison.Ordinal) == true).Value);
    }

    [Fact]
    public void Where_nothing_was_kept_no_verdict_is_laid_to_synthetic_faces()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Delta = -0.041, Kept = 0 }.Complete("worse");
        var headline = Headline.Of(run.State);
        Assert.StartsWith("Verdict: nothing kept. No synthetic face was kept, so this run says nothing about them: refined is 4.1 points of macro F1 below the control", headline);
        Assert.DoesNotContain("harm", headline);
        Assert.NotEmpty(ReportPageTests.Render(run).Descendants("svg"));
    }

    [Fact]
    public void A_paused_failed_or_cancelled_run_claims_nothing_and_says_why()
    {
        using var run = new SampleRun { Rounds = 1 }.Start();
        run.Happens(new RunPaused(DateTimeOffset.UnixEpoch, "fault", "the disk is full."));
        Assert.Equal("The run is paused (the disk is full). Nothing is claimed before the test set has been read.", Headline.Of(run.State));
        run.Happens(new RunFailed(DateTimeOffset.UnixEpoch, "its plan has no next step"));
        Assert.StartsWith("The run failed (its plan has no next step).", Headline.Of(run.State));
        run.Happens(new RunCancelled(DateTimeOffset.UnixEpoch));
        Assert.StartsWith("The run was cancelled.", Headline.Of(run.State));
    }

    [Fact]
    public void A_run_that_has_its_figures_but_is_not_complete_claims_nothing()
    {
        using var run = new SampleRun { Rounds = 1 }.Complete("better");
        run.Happens(new RunResumed(DateTimeOffset.UnixEpoch));
        Assert.DoesNotContain("helped", Headline.Of(run.State));
        Assert.NotNull(run.State.Completed(Names.Verdict));
    }

    private static (string, double)[] Control(double delta, double low, double high) => Figures("vsControl", delta, low, high);

    private static (string, double)[] Figures(string name, double delta, double low, double high) => [(name + ".delta", delta), (name + ".low", low), (name + ".high", high)];
}
