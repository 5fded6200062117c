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
        Assert.Contains($"Verdict: {verdict}.", headline);
        Assert.EndsWith("One GAN run, no claim about the method.", headline);
    }

    [Fact]
    public void Where_nothing_was_kept_no_verdict_is_laid_to_synthetic_faces()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Delta = -0.041, Kept = 0 }.Complete("worse");
        var headline = Headline.Of(run.State);
        Assert.StartsWith("No synthetic face was kept, so this run says nothing about them: refined is 4.1 points of macro F1 below the control", headline);
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
}
