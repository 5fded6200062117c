using Fer.Models.Randomness;
using Xunit;

namespace Fer.Models.Tests.Randomness;

public class AddressTests
{
    private static readonly Address Here = Address.Of(3).At("beta");

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Shares_of_beta_have_its_mean_and_variance(double a)
    {
        var shares = Enumerable.Range(0, 20_000).Select(i => Here.At(i).Beta(a)).ToArray();

        var mean = shares.Average();
        Assert.All(shares, s => Assert.InRange(s, 0, 1));
        // Five deviations of a mean of 20,000 numbers within ± ½ are 0.018 at most, of their squares 0.005.
        Assert.Equal(0.5, mean, 0.018);
        Assert.Equal(1 / (4 * (2 * a + 1)), shares.Average(s => (s - mean) * (s - mean)), 0.005);
    }

    [Fact]
    public void The_same_address_gives_the_same_share_and_another_one_another()
    {
        Assert.Equal(Here.At(1).Beta(0.2), Here.At(1).Beta(0.2));
        Assert.NotEqual(Here.At(1).Beta(0.2), Here.At(2).Beta(0.2));
    }
}
