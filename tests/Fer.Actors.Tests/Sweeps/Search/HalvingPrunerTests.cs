using System.Collections.Immutable;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using FsCheck.Xunit;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

public sealed class HalvingPrunerTests
{
    private static readonly IPruner Pruner = Pruners.Of(new PrunerSpec("halving") { FirstRung = 2, Factor = 3 });

    [Fact]
    public void It_looks_at_rungs_that_are_a_factor_apart()
    {
        Assert.Equal([2, 6, 18, 54], Enumerable.Range(1, 60).Where(Pruner.Looks));
        Assert.False(Pruner.Looks(int.MaxValue));
    }

    [Theory]
    [InlineData("9 8", "..")]
    [InlineData("9 8 7", "+..")]
    [InlineData("7 9 8 7 7", ".+...")]
    [InlineData("1 2 3 4 5 6", "....++")]
    [InlineData("5 5 5 5 5 5", "++....")]
    [InlineData("NaN 5 NaN", ".+.")]
    [InlineData("NaN NaN NaN", "+..")]
    public void The_best_of_a_rung_go_on_one_of_so_many_and_the_others_wait(string values, string expected) => Assert.Equal(expected, Answers(values, false));

    [Theory]
    [InlineData("9", "+")]
    [InlineData("8 9", "-+")]
    [InlineData("1 2 3 4 5 6 6", "-----++")]
    [InlineData("NaN NaN", "+-")]
    public void When_no_other_comes_the_best_goes_on_however_few_there_are_and_the_others_end(string values, string expected) => Assert.Equal(expected, Answers(values, true));

    [Fact]
    public void Failed_trials_are_as_if_they_had_never_been()
    {
        ImmutableArray<PastTrial> past = [Trial(1, TrialStatus.Failed, 0, 9), Trial(2, TrialStatus.Waiting, 0, 5), Trial(3, TrialStatus.Waiting, 0, 4), Trial(4, TrialStatus.Running, 99)];

        Assert.Equal(PruneAnswer.Wait, Pruner.Decide(past, 2, 2, false));
        Assert.Equal([PruneAnswer.GoOn, PruneAnswer.End], new[] { 2, 3 }.Select(t => Pruner.Decide(past, t, 2, true)));
    }

    [Fact]
    public void Of_a_trial_that_was_begun_again_the_last_report_counts()
    {
        ImmutableArray<PastTrial> past =
        [
            new(1, ImmutableSortedDictionary<string, string>.Empty, TrialStatus.Waiting, [new(1, 0), new(2, 9), new(2, 1)], null),
            Trial(2, TrialStatus.Waiting, 0, 5), Trial(3, TrialStatus.Waiting, 0, 4),
        ];

        Assert.Equal([PruneAnswer.Wait, PruneAnswer.GoOn, PruneAnswer.Wait], new[] { 1, 2, 3 }.Select(t => Pruner.Decide(past, t, 2, false)));
    }

    /// <param name="isPatient">Whether it is said that no other comes only once all that wait have been asked without that.</param>
    [Property(MaxTest = 300)]
    public void Whatever_the_order_all_trials_end_and_one_completes_where_none_fails(int seed, bool isPatient)
    {
        var random = new Random(seed);
        var (first, factor, last) = (random.Next(1, 4), random.Next(2, 5), random.Next(1, 30));
        var pruner = Pruners.Of(new PrunerSpec("halving") { FirstRung = first, Factor = factor });
        var story = new Story(random, pruner, Trials: random.Next(1, 25), Parallel: random.Next(1, 6), last, Faults: random.Next(3) == 0 ? 0.05 : 0, isPatient);

        var past = story.Play();

        Assert.All(past, t => Assert.True(t.IsOver, $"Trial {t.Number} is {t.Status}."));
        Assert.Contains(past, t => t.Status is TrialStatus.Completed or TrialStatus.Failed);
        if (isPatient && past.All(t => t.Status != TrialStatus.Failed))
        {
            foreach (var ended in past.Where(t => t.Status == TrialStatus.Pruned))
            {
                var rung = ended.Reports[^1];
                var there = past.Select(t => t.Reports.FirstOrDefault(r => r.Rung == rung.Rung)).OfType<RungValue>().ToArray();
                Assert.True(there.Count(r => r.Value >= rung.Value) > Math.Max(1, there.Length / factor), $"Trial {ended.Number} was among the best and ended.");
            }
        }
    }

    private static string Answers(string values, bool isLast)
    {
        var numbers = values.Split(' ').Select(double.Parse).ToArray();
        ImmutableArray<PastTrial> past = [.. numbers.Select((v, i) => Trial(i + 1, TrialStatus.Waiting, 0, v))];
        return string.Concat(past.Select(t => Pruner.Decide(past, t.Number, 2, isLast) switch { PruneAnswer.GoOn => '+', PruneAnswer.Wait => '.', _ => '-' }));
    }

    /// <summary>A sweep of slots that take a trial, bring it to its next rung in any order, and ask.</summary>
    private sealed record Story(Random Random, IPruner Pruner, int Trials, int Parallel, int Last, double Faults, bool IsPatient)
    {
        private ImmutableArray<PastTrial> past = [];

        public ImmutableArray<PastTrial> Play()
        {
            for (var steps = 0; past.Length < Trials || past.Any(t => !t.IsOver); steps++)
            {
                Assert.True(steps < 10_000, "It stands still.");
                var running = past.Where(t => t.Status == TrialStatus.Running).ToArray();
                if (running.Length < Parallel && past.Length < Trials && Random.Next(2) == 0)
                {
                    past = past.Add(Trial(past.Length + 1, TrialStatus.Running));
                }
                else if (running.Length > 0)
                {
                    Step(running[Random.Next(running.Length)]);
                }

                if (!IsPatient || !AskThoseThatWait(mayBeLast: false))
                {
                    AskThoseThatWait(mayBeLast: true);
                }
            }

            return past;
        }

        private void Step(PastTrial trial)
        {
            var rung = trial.Reports.Length + 1;
            trial = trial with { Reports = trial.Reports.Add(new RungValue(rung, Random.Next(10))) };
            trial = Random.NextDouble() < Faults ? trial with { Status = TrialStatus.Failed }
                : rung == Last ? trial with { Status = TrialStatus.Completed, Value = trial.Reports[^1].Value }
                : trial with { Status = Pruner.Looks(rung) ? TrialStatus.Waiting : TrialStatus.Running };
            past = past.SetItem(trial.Number - 1, trial);
        }

        /// <returns>Whether one went on.</returns>
        private bool AskThoseThatWait(bool mayBeLast)
        {
            var before = past;
            foreach (var number in past.Where(t => t.Status == TrialStatus.Waiting).Select(t => t.Number).OrderBy(_ => Random.Next()).ToArray())
            {
                var trial = past[number - 1];
                var isLast = mayBeLast && past.Length == Trials && past.All(t => t.Status != TrialStatus.Running);
                var status = Pruner.Decide(past, number, trial.Reports.Length, isLast) switch
                {
                    PruneAnswer.GoOn => TrialStatus.Running,
                    PruneAnswer.Wait => TrialStatus.Waiting,
                    _ => TrialStatus.Pruned,
                };
                past = past.SetItem(number - 1, trial with { Status = status });
            }

            return past.Where((t, i) => t.Status == TrialStatus.Running && before[i].Status == TrialStatus.Waiting).Any();
        }
    }
}
