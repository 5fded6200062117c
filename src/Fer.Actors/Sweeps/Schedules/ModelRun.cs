using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Sweeps.Schedules;

/// <summary>The coordinator's row on the store's clock.</summary>
internal sealed class ModelSeat
{
    public const long Lease = 4000;

    private string holder = "";
    private long until;

    public long Token { get; private set; }

    public long? Take(string who, long now)
    {
        if (holder != who && now <= until)
        {
            return null;
        }

        Token += holder == who ? 0 : 1;
        (holder, until) = (who, now + Lease);
        return Token;
    }
}

/// <summary>A run of four steps, the second and third from the first, the last from both; all but the last are the same in every run.</summary>
internal sealed record ModelRun(string Name, long Seed)
{
    public static Fingerprint Place { get; } = new(ImmutableSortedDictionary<string, string>.Empty.Add("model", "1"));

    /// <summary>The steps; null where inputs are missing yet.</summary>
    public ImmutableArray<StepSpec?> Steps(RunState state)
    {
        var first = Spec("first", 1);
        var left = Out(first) is { } f ? Spec("left", 2, f) : null;
        var right = Out(first) is { } g ? Spec("right", 3, g) : null;
        var last = left is not null && right is not null && Out(left) is { } l && Out(right) is { } r ? Spec("last", Seed, l, r) : null;
        return [first, left, right, last];

        string? Out(StepSpec spec) => state.Completed(spec.Name)?.Files["out"];
    }

    private static StepSpec Spec(string name, long seed, params string[] inputs) =>
        new(name, "chain", 1, inputs.Select((h, i) => (Key: FormattableString.Invariant($"in-{i}"), Hash: h)).ToImmutableSortedDictionary(i => i.Key, i => i.Hash, StringComparer.Ordinal), "{}", seed);
}
