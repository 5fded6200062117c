using System.Collections.Immutable;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Evaluation;

namespace Fer.Host.Hosting;

/// <summary>Names of all steps that a run will have at most, in about their order: for plans on paper and forecasts, never for the run itself.</summary>
internal static class Foreseen
{
    /// <summary>Of a run of any job.</summary>
    /// <param name="job">Its name.</param>
    /// <param name="settings">The job's settings as its journal has them.</param>
    /// <param name="inputs">Its inputs.</param>
    public static IReadOnlyList<string> Steps(string job, string settings, IReadOnlyDictionary<string, string> inputs) => job == LeverNames.Job
        ? Steps(JobDifferences.Levers(settings))
        : Steps(JobDifferences.Read(settings), inputs.ContainsKey(Names.HeldBack));

    /// <summary>Of a screening: all of the base's, and of each variant those that its lever makes others.</summary>
    public static IReadOnlyList<string> Steps(LeversRun run) =>
    [
        .. run.Variants.SelectMany(v => Enumerable.Range(1, v.Run.Settings.Loop.Loops).SelectMany(loop => Loop(v.Run, loop, v.Arms, isMeasured: false)
            .Where(step => v.Lever is null || Reaches(v.Lever.Reach, step)).Select(step => LeverNames.PrefixOf(v.Name) + Names.InLoop(loop, step)))),
        LeverNames.Screen,
    ];

    private static bool Reaches(LeverReach reach, string step) => reach <= (StepPlace.Of(step).Kind switch
    {
        _ when step == Names.Baseline || step == Names.SoftLabels || step.StartsWith("classify/teacher-", StringComparison.Ordinal) => LeverReach.Everything,
        "gan" or "warm-up" or "variety" => LeverReach.Generator,
        "filter" or "sample" or "recalls" => LeverReach.Filter,
        _ => LeverReach.Retraining,
    });

    /// <param name="run">The run.</param>
    /// <param name="hasHeldBack">Whether faces were held back, for the oracle.</param>
    public static IReadOnlyList<string> Steps(RefinementRun run, bool hasHeldBack) =>
    [
        .. IsMeasured(run) && run.Settings.Loop.Placebo == "off" ? new[] { Names.Judge, Names.Auditor } : [],
        .. Enumerable.Range(1, run.Settings.Loop.Loops).SelectMany(loop => Loop(run, loop, run.Arms(hasHeldBack), IsMeasured(run)).Select(step => Names.InLoop(loop, step))),
        .. run.EndsOnValidation ? Array.Empty<string>() : [Names.TestStep, Names.Verdict],
    ];

    private static bool IsMeasured(RefinementRun run) => run.Settings.Data.JudgeFraction > 0 && !run.EndsOnValidation;

    private static List<string> Loop(RefinementRun run, int loop, ImmutableArray<string> arms, bool isMeasured)
    {
        var settings = run.Settings;
        var steps = new List<string> { Names.Baseline, Names.Filter(0) };
        var folds = settings.Filter.CrossFit > 1 ? settings.Filter.CrossFit : 0;
        steps.AddRange(Enumerable.Range(0, folds).Select(Names.Teacher));
        steps.AddRange(settings.Filter.NearCopy == FilterSettings.AndFeatures && settings.Loop.Placebo == "off" ? [Names.Witness] : []);
        var isPlacebo = settings.Loop.Placebo != "off";
        if (settings.Gan.WarmUp != "off" && !isPlacebo)
        {
            steps.AddRange(run.Generators.Select(Names.WarmUp));
        }

        var sampled = run.Classes.Where((_, label) => run.TargetOf(label, loop) > 0).ToList();
        for (var round = 1; round <= settings.Loop.Rounds; round++)
        {
            steps.AddRange(isPlacebo ? [] : run.Generators.Select(g => Names.Gan(round, g)));
            steps.AddRange(settings.Filter.Allocate == FilterSettings.ByNeed ? [Names.Recalls(round - 1)] : []);
            steps.AddRange(sampled.Select(c => Names.Sample(round, c)));
            steps.Add(Names.Retrain(round));
            steps.Add(Names.Validate(round));
            if (settings.Filter.Teacher == "latest")
            {
                steps.Add(Names.Filter(round));
            }
        }

        if (isMeasured && !isPlacebo)
        {
            steps.AddRange([.. Enumerable.Range(1, settings.Loop.Rounds).Select(Names.Quality), Names.Audit]);
        }

        if (settings.Gan is { FeedbackStop: > 0, Feedback: not "0" } && !isPlacebo && settings.Loop.Rounds > 2)
        {
            steps.AddRange(Enumerable.Range(1, settings.Loop.Rounds - 1).Select(Names.Variety));
        }

        var hasControl = arms.Contains(Names.Control);
        if (hasControl && folds > 0 && settings.Loop.Control is "best" or "soft")
        {
            steps.Add(Names.SoftLabels);
        }

        if (hasControl && settings.Loop.Control == "best")
        {
            steps.AddRange(run.ControlRecipes.Select(r => Names.Tune(Names.Control, r)));
        }

        if (arms.Contains(Names.Unfiltered) && !isPlacebo)
        {
            steps.Add(Names.NoFilter);
            steps.AddRange(Enumerable.Range(1, settings.Loop.Rounds).SelectMany(round => sampled.Select(c => Names.Unchecked(round, c))));
        }

        if (settings.Loop.StepFactors.Length > 1)
        {
            steps.AddRange(arms.SelectMany(arm => settings.Loop.StepFactors.Select(f => Names.Tune(arm, "x" + f))));
        }

        steps.AddRange(arms.SelectMany(arm => Enumerable.Range(0, settings.Loop.Seeds).Select(s => Names.Classify(arm, s))));
        return steps;
    }
}
