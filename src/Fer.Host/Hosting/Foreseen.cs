using Fer.Actors.Jobs.Refinement;

namespace Fer.Host.Hosting;

/// <summary>Names of all steps that a run will have at most, in about their order: for plans on paper and forecasts, never for the run itself.</summary>
internal static class Foreseen
{
    public static IReadOnlyList<string> Steps(RefinementRun run)
    {
        var (settings, seeds) = (run.Settings, Enumerable.Range(0, run.Settings.Loop.Seeds).ToList());
        var steps = new List<string> { Names.Baseline, Names.Filter(0) };
        if (settings.Gan.WarmUp != "off")
        {
            steps.AddRange(run.Generators.Select(Names.WarmUp));
        }

        var sampled = run.Classes.Where((_, label) => run.TargetOf(label) > 0).ToList();
        for (var round = 1; round <= settings.Loop.Rounds; round++)
        {
            steps.AddRange(run.Generators.Select(g => Names.Gan(round, g)));
            steps.AddRange(sampled.Select(c => Names.Sample(round, c)));
            steps.Add(Names.Retrain(round));
            steps.Add(Names.Validate(round));
            if (settings.Filter.Teacher == "latest")
            {
                steps.Add(Names.Filter(round));
            }
        }

        steps.AddRange(Names.Arms.SelectMany(arm => seeds.Select(s => Names.Classify(arm, s))));
        steps.Add(Names.TestStep);
        steps.Add(Names.Verdict);
        return steps;
    }
}
