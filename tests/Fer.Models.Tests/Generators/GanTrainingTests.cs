using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Models.Tests.Generators;

public class GanTrainingTests
{
    private static readonly GanSettings Study = Tiny.Settings with { Kind = "per-class", Generator = "study", Critic = "study", StepsPerRound = 2, CriticSteps = 1 };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(2, 3, 4)]
    public void Training_that_is_cut_and_resumed_gives_the_same_bits(params int[] cuts)
    {
        var whole = Tiny.Run(Tiny.Gan(Tiny.Settings));

        Tiny.AssertSame(whole, Tiny.RunCut(checkpoint => Tiny.Gan(Tiny.Settings, checkpoint: checkpoint), cuts));
    }

    [Fact]
    public void Two_rounds_are_one_long_round()
    {
        var half = Tiny.Settings with { StepsPerRound = 3 };
        var first = Tiny.Run(Tiny.Gan(half));
        var second = Tiny.Run(Tiny.Gan(half, initial: first.Files["gan"], start: 3));

        var whole = Tiny.Run(Tiny.Gan(Tiny.Settings));

        Assert.Equal(whole.Files["gan"], second.Files["gan"]);
        Assert.Equal(whole.Files["generator"], second.Files["generator"]);
        Assert.Equal([4.0, 5, 6], Curve.Read(second.Files["curve"]).Rows.Select(r => r[0]));
    }

    [Fact]
    public void Another_seed_gives_other_weights()
    {
        Assert.NotEqual(Tiny.Run(Tiny.Gan(Tiny.Settings)).Files["generator"], Tiny.Run(Tiny.Gan(Tiny.Settings, seed: 6)).Files["generator"]);
    }

    [Fact]
    public void Two_trainings_side_by_side_do_not_disturb_each_other()
    {
        static WorkResult[] OnThreads(params long[] seeds)
        {
            var results = new WorkResult[seeds.Length];
            var threads = seeds.Select((seed, i) => new Thread(() =>
                results[i] = Tiny.Run(Tiny.Gan(Tiny.Settings, seed: seed)))).ToArray();
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            return results;
        }

        Tiny.AssertSame(OnThreads(5)[0], OnThreads(5, 6)[0]);
    }

    [Fact]
    public void A_lower_learning_rate_acts_from_its_position_on_and_is_replayed_there()
    {
        var lower = new Adjustments([new Adjustment(4, 0.1, 1)]);
        byte[] At(int steps, Adjustments adjustments) => Tiny.Run(Tiny.Gan(Tiny.Settings with { StepsPerRound = steps }, adjustments: adjustments)).Files["gan"];

        Assert.Equal(At(4, Adjustments.None), At(4, lower));
        Assert.NotEqual(At(5, Adjustments.None), At(5, lower));
        Tiny.AssertSame(
            Tiny.Run(Tiny.Gan(Tiny.Settings, adjustments: lower)),
            Tiny.RunCut(checkpoint => Tiny.Gan(Tiny.Settings, adjustments: lower, checkpoint: checkpoint), 2, 5));
    }

    [Fact]
    public void Micro_batches_add_up_to_the_batch_to_rounding()
    {
        var whole = Tiny.Run(Tiny.Gan(Tiny.Settings)).Figures;
        var pieces = Tiny.Run(Tiny.Gan(Tiny.Settings, adjustments: new Adjustments([new Adjustment(1, 1, 3)]))).Figures;

        Assert.All(whole, figure => Assert.Equal(figure.Value, pieces[figure.Key], 1e-3));
    }

    [Fact]
    public void Micro_batches_are_refused_where_scores_depend_on_the_whole_batch()
    {
        var refused = Assert.Throws<NotSupportedException>(() => Tiny.Gan(Study, only: 0, adjustments: new Adjustments([new Adjustment(0, 1, 2)])));

        Assert.Contains("gan.critic is study", refused.Message);
    }

    [Fact]
    public void An_exploding_loss_is_reported_with_its_step()
    {
        using var gan = Tiny.Gan(Tiny.Settings with { CriticLearningRate = 1, GeneratorLearningRate = 1, StepsPerRound = 1000 });

        var exploded = Assert.Throws<NonFiniteLossException>(() =>
        {
            while (!gan.Done)
            {
                gan.Advance();
            }
        });

        Assert.Equal(gan.Position, exploded.Position);
    }

    [Theory]
    [InlineData("study", "study")]
    [InlineData("study", "correct")]
    [InlineData("default", "default")]
    public void A_gan_of_one_class_trains_with_any_networks(string generator, string critic)
    {
        var settings = Study with { Generator = generator, Critic = critic };

        var result = Tiny.Run(Tiny.Gan(settings, only: 2));

        using var model = GeneratorModel.Read(result.Files["generator"], "generator", torch.CPU);
        Assert.Equal("bright", model.OnlyClass);
        Assert.Equal(4 * 256, model.Draw("bright", 1, 0, 4).Length);
        Assert.Contains("draws bright, not 'dark'", Assert.Throws<BadInputException>(() => model.Draw("dark", 1, 0, 4)).Message);
    }

    [Fact]
    public void Each_class_learns_to_look_like_itself()
    {
        var settings = Tiny.Settings with { StepsPerRound = 120, BatchSize = 16, GeneratorLearningRate = 2e-3, CriticLearningRate = 2e-3, Average = 0.9 };
        using var model = GeneratorModel.Read(Tiny.Run(Tiny.Gan(settings)).Files["generator"], "generator", torch.CPU);

        var means = Tiny.Classes.Names.Select(c => model.Draw(c, 1, 0, 16).Average(p => p)).ToArray();

        Assert.True(means[0] + 30 < means[1] && means[1] + 30 < means[2], string.Join(", ", means));
    }

    [Fact]
    public void Colour_images_and_the_sizes_of_faces_are_drawn()
    {
        var settings = Tiny.Settings with { StepsPerRound = 1 };

        using var model = GeneratorModel.Read(Tiny.Run(Tiny.Gan(settings, images: Tiny.Images(size: 48, channels: 3))).Files["generator"], "generator", torch.CPU);

        Assert.Equal((48, 3), (model.Size, model.Channels));
        Assert.Equal(2 * 3 * 48 * 48, model.Draw("dark", 1, 0, 2).Length);
    }

    [Fact]
    public void Sixteen_bit_numbers_change_little_in_one_step()
    {
        var settings = Tiny.Settings with { StepsPerRound = 1 };
        using var narrow = new GanTraining(settings, Tiny.Images(), null, null, 5, 0, null, Compute.Cpu with { Precision = Precision.Bf16 }, Adjustments.None, null);

        var expected = Tiny.Run(Tiny.Gan(settings)).Figures;
        var actual = Tiny.Run(narrow).Figures;

        Assert.All(expected, f => Assert.Equal(f.Value, actual[f.Key], 0.05 * (1 + Math.Abs(f.Value))));
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var gan = Tiny.Gan(Tiny.Settings with { StepsPerRound = 100 });
        gan.Advance();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (var i = 0; i < 5; i++)
        {
            gan.Advance();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_state_of_another_network_is_refused_by_the_first_weight_that_differs()
    {
        var other = Tiny.Run(Tiny.Gan(Tiny.Settings with { Width = 16, StepsPerRound = 1 })).Files["gan"];

        Assert.Contains("holds weights of another network", Assert.Throws<BadInputException>(() => Tiny.Gan(Tiny.Settings, initial: other, start: 1)).Message);
    }

    [Theory]
    [InlineData(20, "multiples of 8")]
    public void Sizes_that_no_network_draws_are_refused(int size, string expected)
    {
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => Tiny.Gan(Tiny.Settings, images: Tiny.Images(size: size))).Message);
    }

    [Fact]
    public void The_studys_networks_can_be_one_conditional_gan()
    {
        var settings = Study with { Kind = "conditional", Critic = "correct" };

        var made = Tiny.Run(Tiny.Gan(settings));

        using var model = GeneratorModel.Read(made.Files["generator"], "generator", torch.CPU);
        Assert.Null(model.OnlyClass);
        Assert.NotEqual(model.Draw("dark", 1, 0, 4), model.Draw("bright", 1, 0, 4));
        Tiny.AssertSame(made, Tiny.RunCut(checkpoint => Tiny.Gan(settings, checkpoint: checkpoint), 1));
    }

    [Fact]
    public void A_class_without_images_has_no_gan()
    {
        var onlyDark = Tiny.Images().Select(Tiny.Images().IndicesOf(0));

        Assert.Contains("no training image of class bright", Assert.Throws<BadInputException>(() => Tiny.Gan(Study, only: 2, images: onlyDark)).Message);
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_refused_with_their_keys()
    {
        var refused = Assert.Throws<BadInputException>(() => Tiny.Gan(Tiny.Settings with { Critic = "study" }));

        Assert.Contains("gan.critic is study", refused.Message);
        Assert.Contains("gan.kind", refused.Message);
    }

    [Fact]
    public void The_state_file_opens_in_any_reader_of_safetensors_under_plain_names()
    {
        using var file = SafeTensors.Read(Tiny.Run(Tiny.Gan(Tiny.Settings)).Files["generator"], "generator");

        Assert.Contains("project.weight", file.Tensors.Keys);
        Assert.Equal("default", file.Metadata["network"]);
        Assert.Equal("[\"dark\",\"middle\",\"bright\"]", file.Metadata["classes"]);
    }
}
