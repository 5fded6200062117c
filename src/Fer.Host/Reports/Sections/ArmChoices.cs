using System.Globalization;
using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What the arms are trained on, and what validation B chose for the arms before the test set was read: the control's recipe in each loop, and every arm's number of steps.</summary>
internal static class ArmChoices
{
    /// <param name="run">The run.</param>
    /// <param name="arms">The arms it has, in the order of reports.</param>
    public static IEnumerable<XElement> Render(RunView run, IReadOnlyList<string> arms)
    {
        var state = run.State;
        yield return E("h3", "What each arm is trained on");
        yield return Pairs(arms.Select(arm => (arm, ArmWords.TrainsOn(state, arm))));
        var loops = state.Loops();
        var choices = loops.SelectMany(loop => Names.Arms.SelectMany(arm => Of(state, loop, arm))).ToArray();
        var recipes = choices.Where(c => c.What == Recipe).ToArray();
        if (recipes.Length > 0)
        {
            yield return P($"Recipe of the control, chosen on validation B: {string.Join("; ", recipes.GroupBy(r => r.Answer).Select(g => Words(g.Key, [.. g.Select(r => r.Loop)], loops.Count)))}.");
        }

        if (choices.Length > 0)
        {
            yield return E("details", E("summary", "All that validation B chose for the arms, with the candidates"),
                Table(["loop, arm", "what", "chosen", "candidates"], choices.Select(c => (IEnumerable<object?>)[Say.Text($"{c.Loop}, {c.Arm}"), c.What, c.Answer, c.Because]), words: true));
        }
    }

    private const string Recipe = "recipe";

    private sealed record Choice(int Loop, string Arm, string What, string Answer, string Because);

    private static IEnumerable<Choice> Of(RunState state, int loop, string arm)
    {
        if (arm == Names.Control && state.Decisions.GetValueOrDefault(Names.InLoop(loop, Names.RecipeQuestion)) is { } recipe)
        {
            yield return new Choice(loop, arm, Recipe, recipe.Answer, recipe.Because);
        }

        if (state.Decisions.GetValueOrDefault(Names.InLoop(loop, Names.StepsQuestion(arm))) is { } steps)
        {
            yield return new Choice(loop, arm, "steps", Steps(state, steps.Answer), steps.Because);
        }
    }

    private static string Words(string recipe, int[] of, int loops) =>
        $"{recipe} ({ArmWords.Recipe(recipe)}){(loops == 1 ? "" : of.Length == loops ? " in every loop" : (of.Length == 1 ? " in loop " : " in loops ") + string.Join(", ", of))}";

    private static string Steps(RunState state, string factor) =>
        long.TryParse(state.Setting("fer.classifier.steps"), CultureInfo.InvariantCulture, out var steps) && double.TryParse(factor, CultureInfo.InvariantCulture, out var times)
            ? $"{Say.Count(Math.Max(1, Math.Round(steps * times)))} (× {factor})"
            : $"× {factor}";
}
