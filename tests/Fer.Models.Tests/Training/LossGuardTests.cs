using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Training;

public class LossGuardTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(20.1)]
    public void A_loss_that_is_not_finite_or_ten_times_the_usual_stops_the_step(double loss)
    {
        var guard = new LossGuard(usual: 2);
        guard.Check("loss", 2, 0);
        var thrown = Assert.Throws<NonFiniteLossException>(() => guard.Check("loss", loss, 7));
        Assert.Equal(7, thrown.Position);
    }

    [Fact]
    public void One_odd_batch_near_the_end_is_no_explosion()
    {
        var guard = new LossGuard(usual: 2);
        for (var i = 0; i < 50; i++)
        {
            guard.Check("loss", 0.001, i);
        }

        guard.Check("loss", 3, 50);
        Assert.Equal(LossGuard.Window, guard.Recent.Count);
    }

    [Fact]
    public void A_loss_that_starts_high_may_stay_high()
    {
        var guard = new LossGuard(usual: 2);
        guard.Check("loss", 19, 0);
        guard.Check("loss", 100, 1);
        Assert.Throws<NonFiniteLossException>(() => guard.Check("loss", 2000, 2));
    }

    [Fact]
    public void The_cosine_falls_from_one_to_zero()
    {
        Assert.Equal(1, Schedules.Cosine(0, 100));
        Assert.Equal(0.5, Schedules.Cosine(50, 100), 12);
        Assert.Equal(0, Schedules.Cosine(100, 100), 12);
    }
}
