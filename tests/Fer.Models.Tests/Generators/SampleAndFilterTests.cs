using System.Security.Cryptography;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Generators;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Models.Tests.Generators;

public class SampleAndFilterTests
{
    private static readonly byte[] Generator = Tiny.Run(Tiny.Gan(Tiny.Settings with { StepsPerRound = 1 })).Files["generator"];
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Generator));
    private static readonly SampleRequest Request = new("middle", 10, 60, 3, 8, "gan-middle-r1-");

    private static SampleAndFilter Work(SampleRequest request, byte[]? checkpoint = null) =>
        new(request, Generator, Hash, new EveryThird(), Tiny.Classes, Compute.Cpu, checkpoint);

    [Fact]
    public void Sampling_ends_when_enough_are_kept()
    {
        var result = Tiny.Run(Work(Request));

        var kept = ImageSet.Read(result.Files["kept"], "kept");
        Assert.Equal(10, kept.Count);
        Assert.All(kept.Rows, row => Assert.Equal(("middle", "gan"), (Tiny.Classes[row.Label], row.Source)));
        Assert.Equal(10, kept.Rows.Select(r => r.Id).Distinct().Count());
        Assert.All(kept.Rows, row => Assert.Null(row.Facts!.Reason));
        Assert.Equal(10, result.Figures["kept"]);
        Assert.Equal(result.Figures["drawn"], result.Figures.Where(f => f.Key.StartsWith("rejected.", StringComparison.Ordinal)).Sum(f => f.Value) + 10);
    }

    [Fact]
    public void Sampling_ends_at_the_cap_on_draws_exactly()
    {
        var result = Tiny.Run(Work(Request with { Target = 1000, Cap = 20 }));

        Assert.Equal(20, result.Figures["drawn"]);
        Assert.Equal(20, ImageSet.Read(result.Files["drawn"], "drawn").Count);
    }

    [Fact]
    public void Nothing_kept_is_a_result_too()
    {
        var result = Tiny.Run(Work(Request with { Cap = 1 }));

        Assert.Equal(0, ImageSet.Read(result.Files["kept"], "kept").Count);
        Assert.Equal(0, result.Figures["kept"]);
        Assert.Equal(1, result.Figures["rejected.confidence"]);
    }

    [Fact]
    public void With_a_pool_as_many_times_more_are_accepted_and_the_filter_chooses_of_them()
    {
        var result = Tiny.Run(Work(Request with { Pool = 3, Cap = 400 }));

        // EveryThird refuses every fifth of the 30 and takes the last 10 of the others.
        var kept = ImageSet.Read(result.Files["kept"], "kept");
        var rejected = ImageSet.Read(result.Files["rejected"], "rejected");
        Assert.Equal((10, 6, 14), (kept.Count, result.Figures["rejected.too-alike"], result.Figures["rejected.not-chosen"]));
        Assert.Equal(result.Figures["drawn"], result.Figures.Where(f => f.Key.StartsWith("rejected.", StringComparison.Ordinal)).Sum(f => f.Value) + 10);
        Assert.All(kept.Rows, row => Assert.NotNull(row.Facts!.Posterior));
        Assert.All(rejected.Rows, row => Assert.Null(row.Facts!.Posterior));
        Assert.Equal(["confidence", "near-copy", "not-chosen", "too-alike"], rejected.Rows.Select(r => r.Facts!.Reason).Distinct().Order());
        Assert.Equal(kept.Rows.Select(r => r.Id), kept.Rows.OrderBy(r => r.Recipe!.Batch).ThenBy(r => r.Recipe!.Place).Select(r => r.Id));
        Assert.DoesNotContain(ImageSet.Read(result.Files["drawn"], "drawn").Rows.Where(r => r.Facts!.Reason is null), r => kept.Rows.All(k => k.Id != r.Id));
    }

    [Fact]
    public void What_a_pool_leaves_over_is_stored_where_it_is_asked_for_with_its_soft_labels()
    {
        var without = Tiny.Run(Work(Request with { Pool = 3, Cap = 400 }));
        var result = Tiny.Run(Work(Request with { Pool = 3, Cap = 400, Spare = true }));

        var spare = ImageSet.Read(result.Files["spare"], "spare");
        Assert.Equal((14, 14), (spare.Count, result.Figures["spare"]));
        Assert.All(spare.Rows, row => Assert.Equal(("not-chosen", 3), (row.Facts!.Reason, row.Facts.Posterior!.Length)));
        Assert.Empty(spare.Rows.Select(r => r.Id).Intersect(ImageSet.Read(result.Files["kept"], "kept").Rows.Select(r => r.Id)));
        Assert.DoesNotContain("spare", without.Files.Keys);
        Assert.All(without.Files, f => Assert.Equal(f.Value, result.Files[f.Key]));
    }

    [Fact]
    public void A_pool_that_the_cap_cuts_short_is_chosen_from_as_it_is()
    {
        var result = Tiny.Run(Work(Request with { Pool = 10, Cap = 24 }));

        Assert.Equal((24, 4, 2), (result.Figures["drawn"], result.Figures["kept"], result.Figures["rejected.too-alike"]));
    }

    [Fact]
    public void A_request_of_before_there_were_pools_keeps_what_comes_first() => Assert.Equal(
        Request, JsonSerializer.Deserialize<SampleRequest>("""{"Class":"middle","Target":10,"Cap":60,"Seed":3,"BatchSize":8,"IdPrefix":"gan-middle-r1-"}"""));

    [Theory]
    [InlineData(2)]
    [InlineData(1, 4)]
    public void A_pool_that_is_cut_and_resumed_gives_the_same_bits(params int[] cuts)
    {
        var request = Request with { Pool = 3, Cap = 400 };

        Tiny.AssertSame(Tiny.Run(Work(request)), Tiny.RunCut(checkpoint => Work(request, checkpoint), cuts));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, 2)]
    public void Sampling_that_is_cut_and_resumed_gives_the_same_bits(params int[] cuts)
    {
        Tiny.AssertSame(Tiny.Run(Work(Request)), Tiny.RunCut(checkpoint => Work(Request, checkpoint), cuts));
    }

    [Fact]
    public void Every_kept_image_is_drawn_again_from_its_recipe_bit_for_bit()
    {
        var kept = ImageSet.Read(Tiny.Run(Work(Request)).Files["kept"], "kept");

        for (var i = 0; i < kept.Count; i++)
        {
            Assert.Equal(kept.Image(i).ToArray(), Sampler.Redraw(Generator, kept.Rows[i].Recipe!, Compute.Cpu));
        }
    }

    [Fact]
    public void Images_drawn_from_scaled_latents_are_others_and_their_recipes_draw_them_again()
    {
        var plain = Tiny.Run(Work(Request));
        var scaled = Tiny.Run(Work(Request with { Psi = 0.7 }));

        var kept = ImageSet.Read(scaled.Files["kept"], "kept");
        Assert.All(kept.Rows, r => Assert.Equal(0.7, r.Recipe!.Psi));
        Assert.All(ImageSet.Read(plain.Files["kept"], "kept").Rows, r => Assert.Null(r.Recipe!.Psi));
        Assert.NotEqual(plain.Files["kept"], scaled.Files["kept"]);
        Assert.All(Enumerable.Range(0, kept.Count), i => Assert.Equal(kept.Image(i).ToArray(), Sampler.Redraw(Generator, kept.Rows[i].Recipe!, Compute.Cpu)));
    }

    [Fact]
    public void The_less_latents_are_scaled_by_the_more_alike_are_images()
    {
        using var model = GeneratorModel.Read(Generator, "generator", torch.CPU);
        double Spread(double psi)
        {
            var images = model.Draw("dark", 1, 0, 64, psi).Chunk(256).ToArray();
            return Enumerable.Range(0, 256).Average(p => images.Average(i => i[p] * (double)i[p]) - Math.Pow(images.Average(i => (double)i[p]), 2));
        }

        Assert.Equal(model.Draw("dark", 1, 0, 64), model.Draw("dark", 1, 0, 64, psi: 1));
        Assert.True(Spread(0.7) < Spread(1));
        Assert.True(Spread(1) < Spread(1.15));
    }

    [Fact]
    public void A_recipe_is_not_drawn_from_another_generator()
    {
        var recipe = new ImageRecipe(new string('0', 64), "middle", 3, 0, 8, 0);

        Assert.Contains($"the image's recipe names {recipe.Generator}", Assert.Throws<BadInputException>(() => Sampler.Redraw(Generator, recipe, Compute.Cpu)).Message);
    }

    [Fact]
    public void Rejected_images_shown_are_few_and_of_every_reason()
    {
        var result = Tiny.Run(Work(Request with { Target = 1000, Cap = 400 }));

        var rejected = ImageSet.Read(result.Files["rejected"], "rejected");
        Assert.Equal(64, rejected.Count);
        Assert.Equal([("confidence", 32), ("near-copy", 32)], rejected.Rows.CountBy(r => r.Facts!.Reason!).Select(c => (c.Key, c.Value)).Order());
    }

    [Fact]
    public void Batches_differ_and_a_batch_is_the_same_each_time()
    {
        using var model = GeneratorModel.Read(Generator, "generator", torch.CPU);

        Assert.Equal(model.Draw("dark", 1, 0, 4), Sampler.DrawBatch(Generator, "dark", 1, 0, 4, Compute.Cpu));
        Assert.NotEqual(model.Draw("dark", 1, 0, 4), model.Draw("dark", 1, 1, 4));
        Assert.NotEqual(model.Draw("dark", 1, 0, 4), model.Draw("dark", 2, 0, 4));
    }

    [Fact]
    public void What_is_no_generator_is_refused()
    {
        var images = Tiny.Images().ToBytes();

        Assert.Contains("images is no generator", Assert.Throws<BadInputException>(() => GeneratorModel.Read(images, "images", torch.CPU)).Message);
    }

    /// <summary>Accepts every third image of a batch and gives two reasons for the others; of the accepted ones every fifth is too alike and the last are chosen.</summary>
    private sealed class EveryThird : ICandidateFilter
    {
        public IReadOnlyList<FilterFacts> Judge(ImageSet candidates) =>
            [.. candidates.Rows.Select((_, i) => new FilterFacts(0.5, 1, "t0", (i % 3) switch { 0 => "confidence", 1 => "near-copy", _ => null }) { Posterior = i % 3 == 2 ? [0.2f, 0.5f, 0.3f] : null })];

        public IReadOnlyList<string?> Choose(ImageSet accepted, int target, ImageSet? earlier)
        {
            int[] apart = [.. Enumerable.Range(0, accepted.Count).Where(i => i % 5 != 0)];
            var chosen = apart.TakeLast(target).ToHashSet();
            return [.. Enumerable.Range(0, accepted.Count).Select(i => i % 5 == 0 ? "too-alike" : chosen.Contains(i) ? null : "not-chosen")];
        }
    }
}
