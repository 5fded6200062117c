using Fer.Actors.Hosts;

namespace Fer.Actors.Tests.Hosts;

public class GivenBackTests
{
    [Fact]
    public void A_step_that_could_not_begin_rests_longer_each_time_and_alone()
    {
        var steps = new GivenBack();
        steps.Add("a", 0);
        Assert.Equal(["a"], steps.Now(999));
        Assert.Empty(steps.Now(1000));

        steps.Add("a", 1000);
        Assert.Equal(["a"], steps.Now(2999));
        Assert.Empty(steps.Now(3000));

        for (var time = 0; time < 50; time++)
        {
            steps.Add("a", 3000);
        }

        Assert.Equal(["a"], steps.Now(3000 + 63_999));
        Assert.Empty(steps.Now(3000 + 64_000));
    }

    [Fact]
    public void One_that_was_not_given_back_for_long_begins_anew()
    {
        var steps = new GivenBack();
        steps.Add("a", 0);
        steps.Add("a", 0);
        Assert.Empty(steps.Now(1_000_000));

        steps.Add("a", 1_000_000);
        Assert.Empty(steps.Now(1_001_000));
    }
}
