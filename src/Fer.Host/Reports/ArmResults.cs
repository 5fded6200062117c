using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Models.Evaluation;

namespace Fer.Host.Reports;

/// <summary>One classifier's table and its figures.</summary>
internal sealed record ArmResult(int Loop, int Seed, Predictions Predictions, Metrics Metrics);

/// <summary>
/// What each arm's classifiers said, seed by seed: on the test set once that has been read, on validation B before.
/// </summary>
internal sealed record ArmResults(bool OnTest, IReadOnlyDictionary<string, IReadOnlyList<ArmResult>> ByArm)
{
    /// <summary>Name of the set, for titles.</summary>
    public string Set => OnTest ? "test set" : "validation B";

    /// <summary>Arms that have results, in the order of reports.</summary>
    public IReadOnlyList<string> Shown => [.. Names.Arms.Where(a => ByArm[a].Count > 0)];

    public bool Any => ByArm.Values.Any(r => r.Count > 0);

    public static ArmResults Of(RunView run) => Of(run, run.State.Completed(Names.TestStep) is not null);

    public static ArmResults Of(RunView run, bool onTest) => new(onTest, Names.Arms.ToDictionary(a => a, IReadOnlyList<ArmResult> (a) => Of(run, a, onTest), StringComparer.Ordinal));

    /// <summary>Mean of a figure over an arm's seeds; null when it has none.</summary>
    public double? Mean(string arm, Func<Metrics, double?> figure) => ByArm[arm].Select(r => figure(r.Metrics)).Where(v => v is not null).DefaultIfEmpty(null).Average();

    private static List<ArmResult> Of(RunView run, string arm, bool onTest)
    {
        var results = new List<ArmResult>();
        foreach (var (loop, seed, step) in run.State.Classifiers(arm))
        {
            var predictions = onTest ? run.Predictions(Names.TestStep, Names.InLoop(loop, Names.TestFile(arm, seed))) : run.Predictions(step);
            if (predictions is { Count: > 0 })
            {
                results.Add(new ArmResult(loop, seed, predictions, Metrics.Of(predictions)));
            }
        }

        return results;
    }
}
