using System.Text.Json;
using Fer.Actors.Sweeps.Search;
using Fer.Models;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

public sealed class SearchSpaceTests
{
    private static readonly SearchSpace Mixed = Of(
        Choice("optimizer", "adam", "sgd"),
        Real("momentum", 0, 1).If("optimizer", "sgd"),
        Real("rate", 0.0001, 0.1, isLog: true),
        Integer("batch", 16, 64, 16));

    [Theory]
    [InlineData(0, 0, 0, 0, "batch=16 optimizer=adam rate=0.0001")]
    [InlineData(0.49, 0.5, 0.5, 0.5, "batch=48 optimizer=adam rate=0.00316228")]
    [InlineData(0.5, 0.123456789, 0.999999999, 0.999999999, "batch=64 momentum=0.123457 optimizer=sgd rate=0.1")]
    public void A_point_of_the_unit_cube_is_values_and_what_has_no_sense_there_is_left_out(double a, double b, double c, double d, string expected) =>
        Assert.Equal(expected, Mixed.At([a, b, c, d]).Text());

    [Fact]
    public void Rounding_does_not_leave_the_range() =>
        Assert.Equal(["x=0.1234564", "x=0.2345666"], new[] { 0, 0.9999999999 }.Select(u => Of(Real("x", 0.1234564, 0.2345666)).At([u]).Text()));

    [Fact]
    public void Ranges_as_wide_as_their_type_have_all_their_values()
    {
        Assert.Equal(["-9223372036854775808", "0", "9223372036854775807"], Ends(Integer("n", long.MinValue, long.MaxValue)));
        Assert.Equal(["-1E+308", "0", "1E+308"], Ends(Real("x", -1e308, 1e308)));

        static IEnumerable<string> Ends(Axis axis) => new[] { 0, 0.5, 1 }.Select(axis.At);
    }

    [Fact]
    public void An_axis_finds_where_on_it_a_value_is()
    {
        Axis[] axes = [Choice("c", "a", "b", "c"), Real("r", -1, 3), Real("l", 1e-5, 1, isLog: true), Integer("i", 3, 30, 4), LogInteger("g", 1, 300)];
        foreach (var (axis, unit) in axes.SelectMany(a => Enumerable.Range(0, 100).Select(i => (a, i / 100.0))))
        {
            Assert.Equal(axis.At(unit), axis.At(axis.UnitOf(axis.At(unit))!.Value));
        }

        Assert.All([axes[0].UnitOf("d"), axes[1].UnitOf("4"), axes[1].UnitOf("NaN"), axes[2].UnitOf("x"), axes[3].UnitOf("4"), axes[3].UnitOf("31")], u => Assert.Null(u));
    }

    [Fact]
    public void A_space_comes_back_from_JSON() =>
        Assert.Equal(Mixed.At([0.7, 0.2, 0.3, 0.4]).Text(), JsonSerializer.Deserialize<SearchSpace>(JsonSerializer.Serialize(Mixed))!.At([0.7, 0.2, 0.3, 0.4]).Text());

    public static TheoryData<Axis[], string> Wrong => new()
    {
        { [], "fer.sweep.space names no setting: a sweep varies at least one." },
        { [Choice("a")], "fer.sweep.space.a names no value: at least one is needed." },
        { [Choice("a", "x", "y", "x")], "fer.sweep.space.a names the value 'x' more than once." },
        { [Choice("a", "x"), Integer("a", 1, 2)], "fer.sweep.space.a is there more than once." },
        { [Real("a", 1, 1)], "fer.sweep.space.a goes from 1 to 1: its low must be below its high." },
        { [Real("a", double.NaN, 1)], "fer.sweep.space.a goes from NaN to 1: its low must be below its high." },
        { [Real("a", 0.12345678, 0.12345679)], "fer.sweep.space.a goes from 0.12345678 to 0.12345679: its values have 6 digits, and these are the same in them." },
        { [Integer("a", 3, 2)], "fer.sweep.space.a goes from 3 to 2: its low must be below its high." },
        { [Real("a", 0, 1, isLog: true)], "fer.sweep.space.a is spread over the logarithm from 0: its low must be above 0." },
        { [Integer("a", 1, 2, 0)], "fer.sweep.space.a has step = 0: it must be 1 at least." },
        { [Real("a", 0, 1, points: 1)], "fer.sweep.space.a has points = 1: a grid takes 2 at least, its low and its high." },
        { [Real("a", 1, 1.00001, points: 9)], "fer.sweep.space.a has points = 9 so near that two are 1 in 6 digits: fewer, or a wider range, are needed." },
        { [Choice("a", "x").If("b", "y")], "fer.sweep.space.a depends on fer.sweep.space.b, which the sweep does not vary." },
        { [Choice("a", "x").If("a", "x")], "fer.sweep.space.a depends on fer.sweep.space.a, which is itself." },
        { [Choice("a", "x").If("b", "y"), Choice("b", "y")], "fer.sweep.space.a depends on fer.sweep.space.b, which comes after it: it must come before." },
        { [Choice("a", "x"), Choice("b", "y").If("a", "x", "z")], "fer.sweep.space.b depends on fer.sweep.space.a = z, which that setting never is in this sweep." },
        { [Integer("a", 0, 9, 3), Choice("b", "y").If("a", "4")], "fer.sweep.space.b depends on fer.sweep.space.a = 4, which that setting never is in this sweep." },
        { [Integer("a", 0, 9, 3), Choice("b", "y").If("a", "03")], "fer.sweep.space.b depends on fer.sweep.space.a = 03, which that setting never is in this sweep." },
        { [Choice("a", "x"), Choice("b", "y").If("a")], "fer.sweep.space.b depends on fer.sweep.space.a, and names no value of it." },
        { [Real("a", 0, 1), Choice("b", "y").If("a", "0.5")], "fer.sweep.space.b depends on fer.sweep.space.a, which is a range of real numbers: a condition needs choices or whole numbers." },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void What_is_wrong_with_a_space_is_said_in_a_sentence(Axis[] axes, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<BadInputException>(Of(axes).Check).Message);

    [Fact]
    public void A_space_without_faults_is_taken() => Mixed.Check();

    [Fact]
    public void A_grid_of_real_numbers_needs_points()
    {
        Of(Real("x", 0, 1, points: 3)).CheckGrid();
        Assert.Equal(
            "fer.sweep.space.momentum is a range of real numbers: a grid needs points = N there, or another sampler.",
            Assert.Throws<BadInputException>(Mixed.CheckGrid).Message);
        Assert.Throws<BadInputException>(() => Mixed.GridSize());
    }
}
