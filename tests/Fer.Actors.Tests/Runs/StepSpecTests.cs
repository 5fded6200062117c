using System.Collections.Immutable;
using Fer.Actors.Runs;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Runs;

public sealed class StepSpecTests
{
    private static readonly Fingerprint Here = new(ImmutableSortedDictionary<string, string>.Empty.Add("device", "cpu").Add("torch", "2.10.0"));

    private static readonly StepSpec Spec = new("gan/round-1/all", "gan", 1, Inputs(("train", "ab"), ("state", "cd")), """{"Steps":10}""", 7);

    public static TheoryData<string> Changes => ["kind", "version", "settings", "seed", "an input", "an input's role", "one input more", "one input less", "fingerprint"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_steps_hash_changes_with(string what)
    {
        var fingerprint = what == "fingerprint" ? new Fingerprint(Here.Facts.SetItem("torch", "2.11.0")) : Here;
        var changed = what switch
        {
            "kind" => Spec with { Kind = "warm-up" },
            "version" => Spec with { Version = 2 },
            "settings" => Spec with { Settings = """{"Steps":11}""" },
            "seed" => Spec with { Seed = 8 },
            "an input" => Spec with { Inputs = Spec.Inputs.SetItem("train", "ef") },
            "an input's role" => Spec with { Inputs = Inputs(("kept", "ab"), ("state", "cd")) },
            "one input more" => Spec with { Inputs = Spec.Inputs.Add("kept", "ef") },
            "one input less" => Spec with { Inputs = Spec.Inputs.Remove("state") },
            _ => Spec,
        };

        Assert.NotEqual(Spec.HashUnder(Here), changed.HashUnder(fingerprint));
    }

    [Fact]
    public void A_steps_name_is_not_in_its_hash() =>
        Assert.Equal(Spec.HashUnder(Here), (Spec with { Name = "gan/round-9/elsewhere" }).HashUnder(Here));

    [Property(MaxTest = 50)]
    public bool The_order_of_inputs_is_not_in_a_steps_hash(Dictionary<char, int> inputs)
    {
        var there = inputs.Aggregate(Spec.Inputs.Clear(), (all, i) => all.SetItem(i.Key.ToString(), i.Value.ToString()));
        var back = inputs.Reverse().Aggregate(ImmutableSortedDictionary.Create<string, string>(Backwards), (all, i) => all.SetItem(i.Key.ToString(), i.Value.ToString()));

        return (Spec with { Inputs = there }).HashUnder(Here) == (Spec with { Inputs = back }).HashUnder(Here);
    }

    [Fact]
    public void A_steps_hash_is_the_same_in_every_version_of_this_program() =>
        Assert.Equal("5ab86d0c802028f6f5954c9556a17c2bd6116351b76bbac281846ae1ba1eaee4", Spec.HashUnder(Here));

    [Property(MaxTest = 50)]
    public bool A_fingerprint_has_no_difference_to_itself(Dictionary<char, char> facts)
    {
        var fingerprint = new Fingerprint(facts.Aggregate(Here.Facts, (all, f) => all.SetItem(f.Key.ToString(), f.Value.ToString())));

        return fingerprint.Differences(new Fingerprint(fingerprint.Facts)).IsEmpty && fingerprint.Equals(new Fingerprint(fingerprint.Facts));
    }

    [Fact]
    public void Fingerprints_name_each_fact_that_differs()
    {
        var now = new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("torch", "2.11.0").Add("precision", "bf16"));

        Assert.Equal(["device: cpu then, nothing now", "precision: nothing then, bf16 now", "torch: 2.10.0 then, 2.11.0 now"], Here.Differences(now));
        Assert.NotEqual(Here, now);
    }

    private static IComparer<string> Backwards { get; } = Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a));

    private static ImmutableSortedDictionary<string, string> Inputs(params (string Role, string Hash)[] inputs) => inputs.ToImmutableSortedDictionary(i => i.Role, i => i.Hash);
}
