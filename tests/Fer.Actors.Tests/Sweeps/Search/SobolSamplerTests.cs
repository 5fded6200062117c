using System.Text.Json;
using Fer.Actors.Sweeps.Search;
using Fer.Models;
using Fer.Models.Randomness;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

/// <summary>Against points that <c>reference/make_sobol.py</c> had from scipy.</summary>
public sealed class SobolSamplerTests
{
    [Fact]
    public void Unscrambled_points_are_scipys()
    {
        using var stream = typeof(SobolSamplerTests).Assembly.GetManifestResourceStream("sobol.json")!;
        var reference = JsonSerializer.Deserialize<JsonElement>(stream);

        Assert.Equal(64, SobolSequence.Dimensions);
        Assert.Equal(
            reference.GetProperty("first").EnumerateArray().Select(Numbers),
            Enumerable.Range(0, 64).Select(n => Enumerable.Range(0, 64).Select(d => SobolSequence.Bits((uint)n, d) / (double)(1 << 26))));
        foreach (var far in reference.GetProperty("far").EnumerateObject())
        {
            Assert.Equal(Numbers(far.Value), Enumerable.Range(0, 64).Select(d => SobolSequence.Bits(uint.Parse(far.Name), d) / 4.0));
        }

        static IEnumerable<double> Numbers(JsonElement row) => row.EnumerateArray().Select(v => v.GetDouble());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(63)]
    public void Scrambling_keeps_one_point_in_each_interval_of_every_size(int dimension)
    {
        var scrambled = Enumerable.Range(0, 1024).Select(n => SobolSampler.Scrambled(SobolSequence.Bits((uint)n, dimension), Address.Of(8).At(dimension))).ToArray();

        for (var k = 0; k <= 10; k++)
        {
            Assert.Equal(1 << k, scrambled.Take(1 << k).Select(x => k == 0 ? 0 : x >> (32 - k)).Distinct().Count());
        }

        // Not the same shift for all: digits are flipped by those before them.
        Assert.True(scrambled.Select((x, n) => x ^ SobolSequence.Bits((uint)n, dimension)).Distinct().Count() > 1000);
    }

    [Fact]
    public void More_settings_than_dimensions_are_refused()
    {
        var space = Of([.. Enumerable.Range(0, 65).Select(i => Real($"x{i}", 0, 1))]);

        Assert.Equal(
            "fer.sweep.space has 65 settings: the sampler sobol knows 64 dimensions, random and tpe any number.",
            Assert.Throws<BadInputException>(() => Samplers.Find("sobol").Next(space, 1, 1, [])).Message);
    }
}
