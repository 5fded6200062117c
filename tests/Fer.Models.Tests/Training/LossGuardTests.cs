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
        var guard = Settled(2);
        var thrown = Assert.Throws<NonFiniteLossException>(() => guard.Check("loss", loss, 70));
        Assert.Equal(70, thrown.Position);
    }

    [Fact]
    public void The_first_steps_may_jump_but_not_run_away()
    {
        var guard = new LossGuard(usual: 2);
        guard.Check("loss", 2, 0);
        guard.Check("loss", 60, 1);
        Assert.Throws<NonFiniteLossException>(() => guard.Check("loss", 1e5, 2));
    }

    [Fact]
    public void One_odd_batch_near_the_end_is_no_explosion()
    {
        var guard = Settled(0.001);
        guard.Check("loss", 3, 50);
        Assert.Equal(LossGuard.Window, guard.Recent.Count);
    }

    [Fact]
    public void A_loss_that_has_always_been_high_may_stay_high()
    {
        var guard = Settled(19);
        guard.Check("loss", 100, 50);
        Assert.Throws<NonFiniteLossException>(() => guard.Check("loss", 2000, 51));
    }

    [Fact]
    public void The_cosine_falls_from_one_to_zero()
    {
        Assert.Equal(1, Schedules.Cosine(0, 100));
        Assert.Equal(0.5, Schedules.Cosine(50, 100), 12);
        Assert.Equal(0, Schedules.Cosine(100, 100), 12);
    }

    private static LossGuard Settled(double loss)
    {
        var guard = new LossGuard(usual: 2);
        for (var i = 0; i < 50; i++)
        {
            guard.Check("loss", loss, i);
        }

        return guard;
    }
}
