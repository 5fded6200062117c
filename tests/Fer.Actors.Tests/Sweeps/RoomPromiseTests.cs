using Fer.Actors.Sweeps;

namespace Fer.Actors.Tests.Sweeps;

public sealed class RoomPromiseTests
{
    [Fact]
    public void Room_that_was_promised_is_taken_until_the_sweep_says_that_it_heard_a_later_word()
    {
        var promise = new RoomPromise();
        var first = promise.Of(5)!;
        Assert.Equal(5, promise.Taken(active: 2));

        // It may still begin five.
        var second = promise.Of(2)!;
        Assert.Equal(5, promise.Taken(active: 2));
        promise.Heard(first.Number);
        Assert.Equal(5, promise.Taken(active: 2));

        promise.Heard(second.Number);
        Assert.Equal(2, promise.Taken(active: 2));
        Assert.Equal(4, promise.Taken(active: 4));
    }

    [Fact]
    public void The_same_word_is_said_once()
    {
        var promise = new RoomPromise();

        Assert.NotNull(promise.Of(3));
        Assert.Null(promise.Of(3));
        Assert.NotNull(promise.Of(0));
        Assert.NotNull(promise.Of(3));
    }
}
