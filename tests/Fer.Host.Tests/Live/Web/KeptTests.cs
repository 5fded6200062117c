using Fer.Host.Live.Web;

namespace Fer.Host.Tests.Live.Web;

/// <summary>What the page keeps of what it has read.</summary>
public class KeptTests
{
    private readonly HandClock clock = new();

    [Fact]
    public async Task What_is_read_by_then_is_shown_and_the_whole_of_it_when_it_is_there()
    {
        var (kept, rest) = (new Kept<string>(clock), new TaskCompletionSource<string?>());
        Task<string?> Read(string? before, Action<string> soFar)
        {
            soFar("half");
            return rest.Task;
        }

        Assert.Equal("half", await kept.Of("a", Read, TimeSpan.Zero));

        rest.SetResult("whole");
        Assert.Equal("whole", await kept.Of("a", Read));
        Assert.Equal("whole", await kept.Of("a", Read, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_piece_of_an_earlier_reading_is_never_shown_for_a_later_one()
    {
        var (kept, readings) = (new Kept<string>(clock), 0);
        var second = new TaskCompletionSource<string?>();
        Task<string?> Read(string? before, Action<string> soFar)
        {
            if (++readings == 1)
            {
                soFar("half");
                return Task.FromResult<string?>("whole");
            }

            return second.Task;
        }

        Assert.Equal("whole", await kept.Of("a", Read));
        clock.Advance(TimeSpan.FromSeconds(2));
        var later = kept.Of("a", Read, TimeSpan.Zero);
        second.SetResult("whole and more");

        Assert.Equal("whole and more", await later);
    }

    [Fact]
    public async Task What_nobody_asks_for_is_let_go_and_what_is_kept_is_read_on_from()
    {
        var (kept, befores) = (new Kept<string>(clock), new List<string?>());
        Task<string?> Read(string id, string? before)
        {
            befores.Add(before);
            return Task.FromResult<string?>(id);
        }

        await kept.Of("old", (b, _) => Read("old", b));
        await kept.Of("live", (b, _) => Read("live", b));
        clock.Advance(TimeSpan.FromMinutes(11));
        kept.Keep("live");
        kept.Forget(TimeSpan.FromMinutes(10));
        await kept.Of("old", (b, _) => Read("old", b));
        await kept.Of("live", (b, _) => Read("live", b));

        Assert.Equal([null, null, null, "live"], befores);
    }

    private sealed class HandClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan time) => now += time.Ticks;
    }
}
