using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

/// <summary>The samplers by name.</summary>
public static class Samplers
{
    private static readonly SortedDictionary<string, ISampler> Known = new(StringComparer.Ordinal)
    {
        ["grid"] = new GridSampler(),
        ["random"] = new RandomSampler(),
        ["sobol"] = new SobolSampler(),
        ["tpe"] = new TpeSampler(),
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static ISampler Find(string name) =>
        Known.TryGetValue(name, out var sampler) ? sampler : throw new BadInputException($"fer.sweep.sampler is '{name}': there are {string.Join(", ", Names)}.");
}
