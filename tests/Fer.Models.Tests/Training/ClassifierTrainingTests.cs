using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Files;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Fer.Models.Tests.Training;

public class ClassifierTrainingTests
{
    private static readonly ImageSet Train = Blobs.Make(20, seed: 1);
    private static readonly ImageSet Fakes = Blobs.Make(4, seed: 2);
    private static readonly ImageSet Validation = Blobs.Make(12, seed: 3);
    private static readonly ImageSet Doubtful = WithPosteriors(Fakes, label => Share(label, 0.4f));

    private static readonly ClassifierSettings Short = new() { Steps = 12, BatchSize = 10, Average = 0.9, Shift = 1 };

    private static ClassifierTraining Open(ClassifierSettings settings, byte[]? checkpoint = null, Adjustments? adjustments = null, long seed = 5) =>
        new(settings, new TrainingMix(Train, [Fakes], 0.5), Validation, seed, Compute.Cpu, adjustments ?? Adjustments.None, checkpoint);

    // Ways to train that arms may differ in; each with fakes that have a teacher's probabilities.
    private static ClassifierTraining Special(double mixup, bool soft, bool tail, byte[]? checkpoint = null, ClassifierSettings? settings = null, ImageSet? fakes = null, long seed = 5) =>
        new((settings ?? Short) with { Mixup = mixup }, new TrainingMix(Train, [fakes ?? Doubtful], realFrom: tail ? 7 : long.MaxValue), Validation, seed, Compute.Cpu, Adjustments.None, checkpoint, soft);

    private static ImageSet WithPosteriors(ImageSet images, Func<int, float[]> ofLabel) => new(
        images.Labels, images.Channels, images.Height, images.Width, images.Rows.Select(r => r with { Facts = new FilterFacts(1, 1, "", null) { Posterior = ofLabel(r.Label) } }), images.Pixels);

    private static float[] Share(int label, float most) => [.. Enumerable.Range(0, 3).Select(k => k == label ? most : (1 - most) / 2)];

    private static WorkResult Run(ClassifierTraining work)
    {
        using (work)
        {
            while (!work.Done)
            {
                work.Advance();
            }

            return work.Finish();
        }
    }

    private static void Same(WorkResult a, WorkResult b)
    {
        Assert.Equal(a.Figures, b.Figures);
        Assert.Equal(a.Files.Keys, b.Files.Keys);
        Assert.All(a.Files, f => Assert.Equal(f.Value, b.Files[f.Key]));
    }

    public static TheoryData<string, string, double, string> Kinds => new()
    {
        { "default", "last", 0.9, "adamw" },
        { "default", "best", 0.9, "adamw" },
        { "study", "last", 0, "adam" },
        { "study", "best", 0, "adam" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Cut_anywhere_and_opened_again_it_makes_the_same_bits(string network, string keep, double average, string optimizer)
    {
        var settings = Short with { Network = network, Keep = keep, Average = average, Optimizer = optimizer };
        var whole = Run(Open(settings));
        Prop.ForAll(Gen.Choose(0, settings.Steps).ListOf(3).Select(l => l.Distinct().Order().ToArray()).ToArbitrary(), cuts =>
        {
            byte[]? checkpoint = null;
            foreach (var cut in cuts)
            {
                using var work = Open(settings, checkpoint);
                while (work.Position < cut)
                {
                    work.Advance();
                }

                checkpoint = work.Checkpoint();
                Assert.Equal(cut, work.Position);
            }

            Same(whole, Run(Open(settings, checkpoint)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5).WithReplay(1, 3));
    }

    [Theory]
    [InlineData(0.2, false, false)]
    [InlineData(0, true, false)]
    [InlineData(0.2, true, false)]
    [InlineData(0.2, true, true)]
    public void Cut_anywhere_it_makes_the_same_bits_with_mixup_soft_labels_and_a_real_tail(double mixup, bool soft, bool tail)
    {
        var whole = Run(Special(mixup, soft, tail));
        foreach (var cuts in new int[][] { [1], [6, 7, 8], [11] })
        {
            byte[]? checkpoint = null;
            foreach (var cut in cuts)
            {
                using var work = Special(mixup, soft, tail, checkpoint);
                while (work.Position < cut)
                {
                    work.Advance();
                }

                checkpoint = work.Checkpoint();
            }

            Same(whole, Run(Special(mixup, soft, tail, checkpoint)));
        }
    }

    [Fact]
    public void Mixup_soft_labels_and_a_real_tail_each_change_what_is_learned()
    {
        var results = new[] { (0.0, false, false), (0.2, false, false), (0.4, false, false), (0, true, false), (0, false, true), (0.2, true, true) }
            .Select(way => Convert.ToHexString(Run(Special(way.Item1, way.Item2, way.Item3)).Files["weights"])).ToList();

        Assert.Equal(results.Count, results.Distinct().Count());
    }

    [Fact]
    public void Soft_labels_change_nothing_where_no_image_has_a_teachers_probabilities() =>
        AlikeAfterAStep(Special(0, soft: false, tail: false, settings: OneStep, fakes: Fakes), Special(0, soft: true, tail: false, settings: OneStep, fakes: Fakes));

    [Fact]
    public void A_teacher_that_is_sure_of_the_label_teaches_what_the_label_does()
    {
        var settings = OneStep with { LabelSmoothing = 0 };
        AlikeAfterAStep(
            Special(0, soft: false, tail: false, settings: settings),
            Special(0, soft: true, tail: false, settings: settings, fakes: WithPosteriors(Fakes, label => Share(label, 1))));
    }

    [Fact]
    public void An_image_is_learned_by_its_teachers_probabilities_and_not_by_its_label()
    {
        // All are called 'high', and the teacher says what they are.
        var named = WithPosteriors(Train, label => Share(label, 1));
        var misnamed = new ImageSet(named.Labels, 1, 16, 16, named.Rows.Select(r => r with { Label = 0 }), named.Pixels);

        var result = Run(new ClassifierTraining(Short with { Network = "study", Steps = 80 }, new TrainingMix(misnamed, []), Validation, 5, Compute.Cpu, Adjustments.None, softLabels: true));

        Assert.InRange(result.Figures["accuracy"], 0.9, 1);
    }

    [Fact]
    public void What_mixup_blends_can_still_be_learned() =>
        Assert.InRange(Run(Special(0.2, soft: false, tail: false, settings: Short with { Network = "study", Steps = 120 })).Figures["accuracy"], 0.9, 1);

    // One step of Adam on a network without batch statistics, to compare sums that are added up in another order.
    private static readonly ClassifierSettings OneStep = Short with { Network = "study", Steps = 1, Average = 0, Optimizer = "adam", WeightDecay = 0 };

    private static void AlikeAfterAStep(ClassifierTraining one, ClassifierTraining other)
    {
        using var first = SafeTensors.Read(Run(one).Files["weights"], "first");
        using var second = SafeTensors.Read(Run(other).Files["weights"], "second");
        using var scope = NewDisposeScope();
        foreach (var (name, value) in first.Tensors)
        {
            // Adam's first step is ± the rate: rounding may turn it where a gradient is next to nothing.
            Assert.InRange((value - second[name]).abs().mean().ToDouble(), 0, 2e-5);
        }
    }

    [Fact]
    public void A_checkpoint_is_the_same_bytes_when_taken_again_and_changes_nothing()
    {
        using var work = Open(Short);
        work.Advance();
        var once = work.Checkpoint();
        Assert.Equal(once, work.Checkpoint());
        using var again = Open(Short, once);
        Assert.Equal(once, again.Checkpoint());
    }

    [Fact]
    public void A_checkpoint_with_another_optimisers_state_is_refused()
    {
        using var work = Open(Short);
        using var file = SafeTensors.Read(work.Checkpoint(), "checkpoint");
        foreach (var name in file.Tensors.Keys.Where(k => k.StartsWith("adam.", StringComparison.Ordinal)).ToList())
        {
            file.Tensors.Remove(name, out var state);
            state!.Dispose();
        }

        file.Add("optimizer", zeros(8, dtype: ScalarType.Byte));
        Assert.StartsWith("The tensor file has no 'adam.mean'", Assert.Throws<BadInputException>(() => Open(Short, file.ToBytes())).Message);
    }

    [Fact]
    public void Two_trainings_on_two_threads_of_one_process_do_not_touch_each_other()
    {
        var alone = Run(Open(Short));
        var results = new WorkResult[2];
        Thread[] threads = [new(() => results[0] = Run(Open(Short))), new(() => results[1] = Run(Open(Short, seed: 6)))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Same(alone, results[0]);
        Assert.NotEqual(alone.Files["weights"], results[1].Files["weights"]);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("study")]
    public void It_learns_what_can_be_learned(string network)
    {
        var result = Run(Open(Short with { Network = network, Steps = 80, Average = 0.9 }));
        Assert.InRange(result.Figures["accuracy"], 0.9, 1);
        var loss = Curve.Read(result.Files["curve"]);
        Assert.Equal(["loss", "learning-rate"], loss.Columns);
        Assert.True(loss.Rows[^1][1] < loss.Rows[0][1]);
        Assert.InRange(loss.Rows[^1][2], 0, 1e-4);
    }

    [Fact]
    public void The_result_has_weights_that_give_the_stored_predictions()
    {
        var result = Run(Open(Short));
        Assert.Equal(["curve", "predictions", "weights"], result.Files.Keys);
        using var trained = TrainedClassifier.Read(result.Files["weights"], "weights", Compute.Cpu);
        var stored = Predictions.Read(result.Files["predictions"], "predictions");
        Assert.Equal(stored.Logits, Evaluator.Predict(trained.Network, Validation).Logits);
        Assert.Equal(Metrics.Of(stored).MacroF1, result.Figures["macroF1"]);
        Assert.Equal(Train.Labels, trained.Labels);
        Assert.Equal(1, trained.Prior.Sum(), 12);
    }

    [Fact]
    public void The_best_weights_are_those_of_the_epoch_with_the_least_validation_loss()
    {
        // A constant, far too high rate makes the loss jump about.
        var settings = Short with { Network = "study", Steps = 42, Average = 0, Keep = "best", Schedule = "constant", LearningRate = 0.008 };
        using var work = Open(settings);
        var losses = new List<double>();
        var epoch = (Train.Count + Fakes.Count + settings.BatchSize - 1) / settings.BatchSize;
        while (!work.Done)
        {
            work.Advance();
            if (work.Position % epoch == 0 || work.Done)
            {
                var end = Run(Open(settings with { Steps = (int)work.Position, Keep = "last" }));
                losses.Add(end.Figures["nll"]);
            }
        }

        Assert.Equal(losses.Min(), work.Finish().Figures["nll"], 12);
        Assert.NotEqual(losses[^1], losses.Min());
    }

    [Fact]
    public void Micro_batches_accumulate_to_the_same_step_up_to_rounding()
    {
        var settings = Short with { Network = "study", Steps = 1, Average = 0, Optimizer = "adam", WeightDecay = 0 };
        var micro = new Adjustments([new Adjustment(0, 1, 2), new Adjustment(0, 1, 2)]);
        using var whole = SafeTensors.Read(Run(Open(settings)).Files["weights"], "whole");
        using var parts = SafeTensors.Read(Run(Open(settings, adjustments: micro)).Files["weights"], "parts");
        using var scope = NewDisposeScope();
        foreach (var (name, value) in whole.Tensors)
        {
            // Adam's first step is ± the rate: rounding may turn it where a gradient is next to nothing.
            Assert.InRange((value - parts[name]).abs().mean().ToDouble(), 0, 2e-5);
        }
    }

    [Fact]
    public void Micro_batches_of_a_network_with_batch_statistics_are_refused()
    {
        using var work = Open(Short, adjustments: new Adjustments([new Adjustment(1, 1, 2)]));
        work.Advance();
        var thrown = Assert.Throws<NotSupportedException>(work.Advance);
        Assert.Equal("The classifier 'default' has batch statistics: its batches cannot be cut into 2 micro-batches.", thrown.Message);
    }

    [Fact]
    public void A_lower_learning_rate_applies_from_its_position_on()
    {
        using var plain = Open(Short);
        using var slowed = Open(Short, adjustments: new Adjustments([new Adjustment(2, 0.1, 1)]));
        for (var i = 0; i < 2; i++)
        {
            plain.Advance();
            slowed.Advance();
        }

        Assert.Equal(plain.Checkpoint(), slowed.Checkpoint());
        Assert.Equal(plain.Live["learning-rate"] * 0.1, slowed.Live["learning-rate"], 12);
        plain.Advance();
        slowed.Advance();
        Assert.NotEqual(plain.Checkpoint(), slowed.Checkpoint());
    }

    [Fact]
    public void A_loss_that_explodes_says_so_with_its_position()
    {
        var settings = Short with { Network = "study", Steps = 40, LearningRate = 1, Average = 0 };
        using var work = Open(settings, adjustments: new Adjustments([new Adjustment(3, 1e4, 1)]));
        var thrown = Assert.Throws<NonFiniteLossException>(() =>
        {
            while (!work.Done)
            {
                work.Advance();
            }
        });
        Assert.Equal(work.Position, thrown.Position);
        Assert.All(Tensors(work.Checkpoint()), t => Assert.True(t.isfinite().all().ToBoolean()));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.2, true)]
    public void Steps_leave_no_tensor_behind(double mixup, bool soft)
    {
        // On a thread of its own: live tensors are counted by thread.
        long before = 0, after = 0;
        var thread = new Thread(() =>
        {
            using var work = Special(mixup, soft, tail: false, settings: Short with { Steps = 100 });
            void Some(int steps)
            {
                for (var i = 0; i < steps; i++)
                {
                    work.Advance();
                }
            }

            Some(5);
            before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
            Some(20);
            after = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        });
        thread.Start();
        thread.Join();
        Assert.Equal(before, after);
    }

    [Fact]
    public void Without_validation_images_it_does_not_start() =>
        Assert.Throws<BadInputException>(() => new ClassifierTraining(Short, new TrainingMix(Train, []), Blobs.Make(0, 1), 1, Compute.Cpu, Adjustments.None));

    private static Tensor[] Tensors(byte[] checkpoint)
    {
        using var file = SafeTensors.Read(checkpoint, "checkpoint");
        return [.. file.Tensors.Where(t => t.Key.StartsWith("network.", StringComparison.Ordinal)).Select(t => t.Value.clone())];
    }
}
