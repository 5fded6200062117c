using System.Collections.Immutable;
using System.Numerics;
using Fer.Actors.Sweeps.Search;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

public sealed class GridSamplerTests
{
    [Fact]
    public void A_grid_goes_through_all_values_the_first_axis_slowest_and_ends()
    {
        var space = Of(Choice("a", "x", "y"), Integer("b", 1, 2).If("a", "x"), Real("c", 0.01, 1, isLog: true, points: 3));
        var sampler = Samplers.Find("grid");

        Assert.Equal(
            ["a=x b=1 c=0.01", "a=x b=1 c=0.1", "a=x b=1 c=1", "a=x b=2 c=0.01", "a=x b=2 c=0.1", "a=x b=2 c=1", "a=y c=0.01", "a=y c=0.1", "a=y c=1", "none"],
            Enumerable.Range(1, 10).Select(n => sampler.Next(space, 1, n, []).Text()));
    }

    // Up to five axes of up to four values, each with up to two conditions on axes before it.
    private static readonly Gen<SearchSpace> AnySpaces =
        from drawn in Gen.Choose(0, int.MaxValue).ListOf(5).Resize(5)
        from count in Gen.Choose(1, 5)
        select Drawn([.. drawn.Take(count)]);

    [Property(MaxTest = 300)]
    public Property A_grid_has_every_point_once() => Prop.ForAll(AnySpaces.ToArbitrary(), space =>
    {
        space.Check();
        var points = Enumerable.Range(0, (int)space.GridSize()).Select(i => space.GridPoint(i).Text()).ToArray();
        Assert.Equal(points.Length, points.Distinct().Count());
        Assert.Equal(ByFilter(space).Order(), points.Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => space.GridPoint(points.Length));
    });

    [Fact]
    public void A_grid_that_no_memory_holds_is_counted_and_read()
    {
        var space = Of([Integer("n", 1, long.MaxValue), Choice("m", "a", "b").If("n", "7"), .. Enumerable.Range(0, 20).Select(i => Integer($"x{i}", 0, 999))]);

        Assert.Equal(((BigInteger)long.MaxValue + 1) * BigInteger.Pow(1000, 20), space.GridSize());
        Assert.Equal("n=1 x0=0", space.GridPoint(0).Text()[..8]);
        Assert.EndsWith("x18=5 x19=7 x2=0 x3=0 x4=0 x5=0 x6=0 x7=0 x8=0 x9=0", space.GridPoint(5007).Text());
    }

    private static SearchSpace Drawn(int[] seeds)
    {
        var axes = new List<Axis>();
        foreach (var seed in seeds)
        {
            var random = new Random(seed);
            var key = $"k{axes.Count}";
            var values = random.Next(1, 5);
            Axis axis = random.Next(3) switch
            {
                0 => Choice(key, [.. Enumerable.Range(0, values).Select(v => $"v{v}")]),
                1 => Integer(key, 5, 5 + values, random.Next(1, 3)),
                _ => Real(key, 0.5, 2, isLog: values % 2 == 0, points: values + 1),
            };
            foreach (var other in axes.Where(a => a is not RealAxis && random.Next(3) == 0).Take(2).ToArray())
            {
                axis = axis.If(other.Key, [.. All(other).Where(_ => random.Next(2) == 0).DefaultIfEmpty(All(other)[0])]);
            }

            axes.Add(axis);
        }

        return Of([.. axes]);
    }

    private static string[] All(Axis axis) => axis switch
    {
        ChoiceAxis c => [.. c.Values],
        IntegerAxis i => [.. Enumerable.Range(0, (int)((i.High - i.Low) / i.Step) + 1).Select(k => $"{i.Low + k * i.Step}")],
        _ => [.. Enumerable.Range(0, ((RealAxis)axis).Points!.Value).Select(k => axis.At(k / (((RealAxis)axis).Points!.Value - 1.0)))],
    };

    // Slow and plain: all combinations, those axes taken out whose conditions do not hold, once each.
    private static IEnumerable<string> ByFilter(SearchSpace space)
    {
        IEnumerable<ImmutableSortedDictionary<string, string>> points = [ImmutableSortedDictionary<string, string>.Empty];
        foreach (var axis in space.Axes)
        {
            points = [.. points.SelectMany(p => axis.When.All(w => p.TryGetValue(w.Key, out var v) && w.Value.Contains(v)) ? All(axis).Select(v => p.Add(axis.Key, v)) : [p])];
        }

        return points.Select(p => p.Text());
    }
}
