using System.Collections.Immutable;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Models;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

public sealed class MedianPrunerTests
{
    private static readonly IPruner Pruner = Pruners.Of(new PrunerSpec("median") { FirstRung = 2, StartUpTrials = 3 });

    private static readonly ImmutableArray<PastTrial> Three = [Trial(1, TrialStatus.Completed, 5, 1, 9), Trial(2, TrialStatus.Completed, 1, 6, 9), Trial(3, TrialStatus.Pruned, 1, 4)];

    [Theory]
    [InlineData(4.9, 0, PruneAnswer.End)]
    [InlineData(5, 0, PruneAnswer.GoOn)]
    [InlineData(0, 5, PruneAnswer.GoOn)]
    [InlineData(double.NaN, 5, PruneAnswer.GoOn)]
    [InlineData(double.NaN, double.NaN, PruneAnswer.End)]
    public void A_trial_ends_when_its_best_is_below_the_median_of_the_others_best(double first, double second, PruneAnswer expected) =>
        Assert.Equal(expected, Pruner.Decide(Three.Add(Trial(4, TrialStatus.Running, first, second)), 4, 2, false));

    [Fact]
    public void Before_the_first_rung_and_the_start_up_trials_none_ends()
    {
        var bad = Three.Add(Trial(4, TrialStatus.Running, -1, -1));

        Assert.Equal([false, true, true], new[] { 1, 2, 3 }.Select(Pruner.Looks));
        Assert.Equal(PruneAnswer.GoOn, Pruner.Decide(bad, 4, 1, false));
        Assert.Equal(PruneAnswer.End, Pruner.Decide(bad, 4, 2, false));
        Assert.Equal(PruneAnswer.GoOn, Pruner.Decide(bad.SetItem(0, bad[0] with { Status = TrialStatus.Running }), 4, 2, false));
    }

    [Fact]
    public void Trials_that_failed_or_have_not_come_so_far_do_not_count()
    {
        ImmutableArray<PastTrial> past = [.. Three, Trial(4, TrialStatus.Running, 5, 0), Trial(5, TrialStatus.Failed, 8, 8), Trial(6, TrialStatus.Running, 8), Trial(7, TrialStatus.Running, 8)];

        Assert.Equal(PruneAnswer.GoOn, Pruner.Decide(past, 4, 2, false));
        Assert.Equal(PruneAnswer.End, Pruner.Decide(past.Add(Trial(8, TrialStatus.Running, 7, 7)), 4, 2, false));
    }

    [Property]
    public Property The_best_of_all_never_ends_and_none_waits() => Prop.ForAll(Gen.Choose(0, 20).Select(v => (double)v).ArrayOf(4).ArrayOf(9).ToArbitrary(), values =>
    {
        ImmutableArray<PastTrial> past = [.. values.Select((v, i) => Trial(i + 1, i < 3 ? TrialStatus.Completed : TrialStatus.Running, v))];
        for (var rung = 2; rung <= 4; rung++)
        {
            var answers = past.Skip(3).ToDictionary(t => t.Number, t => Pruner.Decide(past, t.Number, rung, false));
            Assert.DoesNotContain(PruneAnswer.Wait, answers.Values);
            var best = past.Skip(3).MaxBy(t => t.Reports.Take(rung).Max(r => r.Value))!;
            Assert.True(answers[best.Number] == PruneAnswer.GoOn || past.Take(3).Any(t => t.Reports.Take(rung).Max(r => r.Value) > best.Reports.Take(rung).Max(r => r.Value)));
        }
    });

    [Fact]
    public void A_pruner_is_found_by_its_kind_and_its_numbers_are_checked()
    {
        Assert.False(Pruners.Of(new PrunerSpec()).Looks(1));
        Assert.Equal(PruneAnswer.GoOn, Pruners.Of(new PrunerSpec()).Decide([Trial(1, TrialStatus.Running, 1)], 1, 1, true));
        Assert.Equal("fer.sweep.pruner.kind is 'asha': there are none, median, halving.", Refused(new PrunerSpec("asha")));
        Assert.Equal("fer.sweep.pruner.first-rung is 0: it must be 1 at least.", Refused(new PrunerSpec("median") { FirstRung = 0 }));
        Assert.Equal("fer.sweep.pruner.factor is 1: it must be 2 at least.", Refused(new PrunerSpec("halving") { Factor = 1 }));
        Assert.Equal("fer.sweep.pruner.start-up-trials is -1: it must be 0 at least.", Refused(new PrunerSpec("median") { StartUpTrials = -1 }));

        static string Refused(PrunerSpec spec) => Assert.Throws<BadInputException>(() => Pruners.Of(spec)).Message;
    }
}
