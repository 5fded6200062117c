using Fer.Actors.Sweeps;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Sweeps;

public sealed class AdmissionTests
{
    [Fact]
    public void Room_is_given_up_to_what_is_wanted_and_counts_what_runs() =>
        Assert.Equal([("a", 3)], Grant(10, new Applicant("a", "ada", 0, 1, 4, 3)));

    [Fact]
    public void A_higher_priority_gets_all_it_wants_before_a_lower_one_gets_any() =>
        Assert.Equal([("high", 4)], Grant(4, new Applicant("low", "ada", 0, 1, 0, 9), new Applicant("high", "bob", 1, 1, 0, 9)));

    [Fact]
    public void Users_share_by_weight_however_many_sweeps_one_has() =>
        Assert.Equal(
            [("a1", 3), ("a2", 3), ("b", 3)],
            Grant(9, new Applicant("a1", "ada", 0, 2, 0, 9), new Applicant("a2", "ada", 0, 2, 0, 9), new Applicant("b", "bob", 0, 1, 0, 9)));

    [Fact]
    public void Whoever_has_little_catches_up_before_others_get_more() =>
        Assert.Equal([("b", 4)], Grant(8, new Applicant("a", "ada", 0, 1, 4, 9), new Applicant("b", "bob", 0, 1, 0, 9)));

    [Fact]
    public void What_runs_is_never_taken_away() => Assert.Empty(Grant(2, new Applicant("a", "ada", 0, 1, 5, 3)));

    [Property]
    public void All_room_is_given_and_no_more_while_anybody_wants_it(int seed)
    {
        var random = new Random(seed);
        var all = Enumerable.Range(0, random.Next(1, 6)).Select(i => new Applicant($"s{i}", $"u{random.Next(3)}", random.Next(3), random.Next(1, 4), random.Next(4), random.Next(5))).ToArray();
        var room = random.Next(20);

        var granted = Grant(room, all).ToDictionary(g => g.Sweep, g => g.Trials);

        Assert.All(granted, g => Assert.InRange(g.Value, 1, all.First(a => a.Sweep == g.Key).Wants));
        Assert.Equal(Math.Max(0, Math.Min(room - all.Sum(a => a.Active), all.Sum(a => a.Wants))), granted.Values.Sum());
    }

    private static IEnumerable<(string Sweep, int Trials)> Grant(int room, params Applicant[] applicants) => Admission.Of([.. applicants], room).Select(g => (g.Key, g.Value));
}
