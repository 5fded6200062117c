namespace Fer.Actors.Hosts;

/// <summary>Steps that a host could not begin, by hash: each rests here for a while, longer each time, and no other waits behind it.</summary>
internal sealed class GivenBack
{
    private const long FirstRest = 1000;
    private const int MostDoublings = 6;

    private readonly Dictionary<string, (long Until, int Times)> steps = new(StringComparer.Ordinal);

    /// <param name="now">Milliseconds of a clock that never goes back.</param>
    public void Add(string hash, long now)
    {
        var times = steps.GetValueOrDefault(hash).Times;
        steps[hash] = (now + (FirstRest << Math.Min(times, MostDoublings)), times + 1);
    }

    /// <summary>Those that are not to be taken now.</summary>
    public IReadOnlyCollection<string> Now(long now)
    {
        // One that nobody gives back any more is done, or another's.
        foreach (var old in steps.Where(s => now - s.Value.Until > FirstRest << (MostDoublings + 1)).Select(s => s.Key).ToList())
        {
            steps.Remove(old);
        }

        return [.. steps.Where(s => s.Value.Until > now).Select(s => s.Key)];
    }
}
