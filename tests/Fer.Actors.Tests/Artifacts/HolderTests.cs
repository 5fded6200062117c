using Fer.Actors.Artifacts;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Artifacts;

public class HolderTests
{
    private static readonly Holder[] Eight = [.. Enumerable.Range(1, 8).Select(i => new Holder($"gpu{i}", $"http://10.0.0.{i}:1", $"store {i}", "life"))];

    [Property]
    public bool Everybody_names_the_same_order_whatever_order_he_heard_of_them_in(int seed, string artifact)
    {
        var shuffled = Eight.ToArray();
        new Random(seed).Shuffle(shuffled);
        return Holder.InOrder(shuffled, artifact).SequenceEqual(Holder.InOrder(Eight, artifact));
    }

    [Property]
    public bool One_that_goes_moves_nothing_between_the_others(byte gone, string artifact)
    {
        var without = Eight.Where((_, i) => i != gone % Eight.Length);
        return Holder.InOrder(without, artifact).SequenceEqual(Holder.InOrder(Eight, artifact).Where(without.Contains));
    }

    [Fact]
    public void Each_gets_about_as_many_copies_as_any_other()
    {
        var firsts = Enumerable.Range(0, 8000).Select(i => Holder.InOrder(Eight, $"artifact {i}")[0].Name).CountBy(n => n).ToList();

        Assert.Equal(Eight.Length, firsts.Count);
        Assert.All(firsts, f => Assert.InRange(f.Value, 850, 1150));
    }
}
