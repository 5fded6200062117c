using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Jobs.Refinement;

namespace Fer.Actors.Jobs.Levers;

/// <summary>What came of a lever.</summary>
/// <param name="Value">What it is in the recipe.</param>
/// <param name="Taken">The value that took the base's place; null: the base's stays.</param>
/// <param name="Reason">Why.</param>
public sealed record LeverAnswer(Lever Lever, string Value, ScreenedValue? Taken, string Reason);

/// <summary>The recipe that a screening freezes. Pure.</summary>
/// <param name="Settings">The base with every lever that is worth something at its best value.</param>
/// <param name="Screened">What was measured.</param>
/// <param name="Answers">A lever each, in the order in which they were screened.</param>
public sealed record LeverRecipe(RefinementSettings Settings, ImmutableArray<ScreenedValue> Screened, ImmutableArray<LeverAnswer> Answers)
{
    /// <summary>
    /// A lever's best value is taken where it moved refined by more than its standard error, else the base's stays. Of two
    /// that cannot stand together, the one that moved refined further is taken.
    /// </summary>
    /// <param name="settings">The base.</param>
    /// <param name="screened">Every value of every lever.</param>
    public static LeverRecipe Choose(RefinementSettings settings, ImmutableArray<ScreenedValue> screened)
    {
        var recipe = settings;
        var answers = new Dictionary<string, LeverAnswer>(StringComparer.Ordinal);
        foreach (var best in screened.GroupBy(s => s.Lever.Key).Select(g => g.MaxBy(s => s.Refined.Delta)!).OrderByDescending(s => s.Refined.Delta))
        {
            var lever = best.Lever;
            var stays = lever.Get(settings);
            if (best.Refined.Delta <= best.StandardError)
            {
                answers.Add(lever.Key, new LeverAnswer(lever, stays, null, $"stays: the best of what was tried, {best.Value}, gave {Points(best)}"));
            }
            else if (Problem(recipe, answers.Values, best) is { } problem)
            {
                answers.Add(lever.Key, new LeverAnswer(lever, stays, null, $"stays, though {best.Value} gave {Points(best)}: beside what else was taken, {problem}"));
            }
            else
            {
                recipe = lever.Set(recipe, best.Value);
                answers.Add(lever.Key, new LeverAnswer(lever, best.Value, best, $"taken over {stays}: {Points(best)}"));
            }
        }

        return new LeverRecipe(recipe, screened, [.. screened.Select(s => s.Lever.Key).Distinct().Select(key => answers[key])]);
    }

    /// <summary>A line of a configuration for each lever, with its reason.</summary>
    public string Text() => string.Concat(Answers.SelectMany(a => a.Lever.Along(Settings).Select(s => Line(s.Key, s.Value, $"goes with {a.Lever.Key}")).Prepend(Line(a.Lever.Key, a.Value, a.Reason))));

    public IEnumerable<(string Name, double Value)> Figures() => Screened.Select(s => ($"{s.Name}.taken", Answers.Any(a => a.Taken == s) ? 1.0 : 0.0));

    // What was taken before must still have what it needs, too.
    private static string? Problem(RefinementSettings recipe, IEnumerable<LeverAnswer> before, ScreenedValue best)
    {
        var after = best.Lever.Set(recipe, best.Value);
        return best.Lever.Problem(recipe, best.Value)
            ?? before.Where(a => a.Taken is not null && a.Lever.Lacks(after) is not null).Select(a => $"{a.Lever.Key} {a.Lever.Lacks(after)}").FirstOrDefault();
    }

    private static string Line(string key, string value, string reason) => $"fer.{key} = {value}  # {reason}\n";

    private static string Points(ScreenedValue value) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * value.Refined.Delta:+0.0;-0.0;0.0} points of macro F1, standard error {100 * value.StandardError:0.0}");
}
