using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Live.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Fer.Host.Tests.Live.Web;

public class TrialTableTests
{
    private static readonly SweepState Sweep = SampleSweep.State("search", 60);

    [Theory]
    [InlineData("value", 53)]
    [InlineData("-value", 23)]
    [InlineData("number", 1)]
    [InlineData("-number", 60)]
    [InlineData("nonsense", 1)]
    public void Trials_are_sorted_by_any_column_both_ways(string sort, int first) => Assert.Equal(first, Table(("sort", sort)).Rows[0].Number);

    [Fact]
    public void What_has_no_value_stands_last_either_way()
    {
        var up = Table(("sort", "value"), ("size", "60")).Rows;
        var down = Table(("sort", "-value"), ("size", "60")).Rows;

        Assert.All(up.TakeLast(11).Concat(down.TakeLast(11)), t => Assert.Null(t.Value));
        Assert.Equal(up.Take(49).Reverse(), down.Take(49));
    }

    [Fact]
    public void Settings_are_sorted_as_numbers_where_all_of_them_are()
    {
        var rates = Table(("sort", "set:gan.learning-rate"), ("size", "60")).Rows.Select(t => double.Parse(t.Values["gan.learning-rate"], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var labels = Table(("sort", "-set:loop.labels"), ("size", "60")).Rows.Select(t => t.Values["loop.labels"]).ToList();

        Assert.Equal(rates.Order(), rates);
        Assert.Equal(labels.OrderDescending(), labels);
    }

    [Theory]
    [InlineData("labels=hard failed", "", 1)]
    [InlineData("", "pruned", 6)]
    [InlineData("memory", "", 2)]
    [InlineData("#7", "", 1)]
    [InlineData("loop.labels=soft", "completed", 22)]
    [InlineData("nothing-has-this", "", 0)]
    public void All_words_and_the_state_must_hold(string words, string state, int matching)
    {
        var table = Table(("q", words), ("state", state), ("size", "60"));

        Assert.Equal(matching, table.Matching);
        Assert.Equal(matching, table.Rows.Length);
        Assert.Equal(matching, Sweep.Trials.Count(t => (state.Length == 0 || SweepState.WordOf(t.Status) == state)
            && words.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(w => $"#{t.Number} {SweepState.WordOf(t.Status)} {t.Reason} {string.Join(' ', t.Values.Select(v => v.Key + "=" + v.Value))} ".Contains(w.StartsWith('#') ? w + " " : w, StringComparison.OrdinalIgnoreCase))));
    }

    [Fact]
    public void Pages_end_where_the_trials_do()
    {
        var second = Table(("page", "2"));
        var beyond = Table(("page", "99"));
        var odd = Table(("page", "-1"), ("size", "zero"));

        Assert.Equal((2, 2, 10), (second.Page, second.Pages, second.Rows.Length));
        Assert.Equal(second.Rows, beyond.Rows);
        Assert.Equal((1, 50), (odd.Page, odd.Rows.Length));
    }

    [Fact]
    public void Of_the_forms_own_order_and_a_headers_the_headers_counts()
    {
        var query = TrialQuery.Of(new QueryCollection(new Dictionary<string, StringValues> { ["sort"] = new(["-value", "planned"]) }));

        Assert.Equal(("planned", false, "planned"), (query.Sort, query.Descending, query.SortText));
    }

    private static TrialTable Table(params (string Name, string Value)[] query) => TrialTable.Of(Sweep, TrialQuery.Of(new QueryCollection(query.ToDictionary(q => q.Name, q => new StringValues(q.Value)))));
}
