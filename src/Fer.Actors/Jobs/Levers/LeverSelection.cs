using System.Collections.Immutable;
using Fer.Actors.Jobs.Refinement;
using Fer.Models;

namespace Fer.Actors.Jobs.Levers;

/// <summary>A lever and the values that it is tried with beside the base's.</summary>
public sealed record LeverChoice(string Key, ImmutableArray<string> Values);

/// <summary>What is screened.</summary>
/// <param name="Levers">In the order of <see cref="Lever.All"/>.</param>
/// <param name="LeftOut">A sentence for each usual value that cannot be tried on these settings.</param>
public sealed record LeverSelection(ImmutableArray<LeverChoice> Levers, ImmutableArray<string> LeftOut)
{
    /// <summary>Every usual lever, with the values that can be tried on these settings.</summary>
    /// <exception cref="BadInputException">There is nothing to screen.</exception>
    public static LeverSelection Usual(RefinementSettings settings)
    {
        Refuse(settings);
        var (levers, leftOut) = (ImmutableArray.CreateBuilder<LeverChoice>(), ImmutableArray.CreateBuilder<string>());
        foreach (var lever in Lever.All.Where(l => l.IsUsual))
        {
            var others = lever.Values.Remove(lever.Get(settings));
            leftOut.AddRange(others.Where(v => lever.Problem(settings, v) is not null).Select(v => $"{LeverNames.Variant(lever.Key, v)} is left out: {lever.Problem(settings, v)}."));
            if (others.RemoveAll(v => lever.Problem(settings, v) is not null) is { IsEmpty: false } values)
            {
                levers.Add(new LeverChoice(lever.Key, values));
            }
        }

        return new LeverSelection(levers.ToImmutable(), leftOut.ToImmutable());
    }

    /// <summary>The levers and values that were asked for.</summary>
    /// <param name="settings">The base.</param>
    /// <param name="asked">Keys of levers with values that their settings allow, as a configuration writes them; a key may stand several times.</param>
    /// <exception cref="BadInputException">One of them cannot be tried on these settings.</exception>
    public static LeverSelection Asked(RefinementSettings settings, IEnumerable<LeverChoice> asked)
    {
        Refuse(settings);
        var wanted = asked.ToLookup(a => a.Key, a => a.Values, StringComparer.Ordinal);
        var levers = ImmutableArray.CreateBuilder<LeverChoice>();
        foreach (var lever in Lever.All.Where(l => wanted.Contains(l.Key)))
        {
            var values = wanted[lever.Key].SelectMany(v => v).Distinct(StringComparer.Ordinal).Where(v => v != lever.Get(settings)).ToImmutableArray();
            if (values.IsEmpty)
            {
                throw new BadInputException($"--lever {lever.Key}: {lever.Get(settings)} is its value already, so there is nothing to try; name another value.");
            }

            if (values.FirstOrDefault(v => lever.Problem(settings, v) is not null) is { } wrong)
            {
                throw new BadInputException($"--lever {LeverNames.Variant(lever.Key, wrong)} cannot be tried on these settings: {lever.Problem(settings, wrong)}.");
            }

            levers.Add(new LeverChoice(lever.Key, values));
        }

        return new LeverSelection(levers.ToImmutable(), []);
    }

    private static void Refuse(RefinementSettings settings)
    {
        if (settings.Loop.Placebo != "off")
        {
            throw new BadInputException($"fer.loop.placebo is {settings.Loop.Placebo}: what a lever is worth cannot be seen on a placebo; expected off.");
        }

        if (settings.Data.Twins == "as-they-come")
        {
            throw new BadInputException("fer.data.twins is as-they-come: a lever is judged by validation faces, some of which would be trained on, so that what remembers them would win; expected together.");
        }
    }
}
