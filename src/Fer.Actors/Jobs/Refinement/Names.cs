using System.Globalization;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>
/// Names of the refinement job's steps, files and figures; the plan writes them, reports and status read them.
/// </summary>
public static class Names
{
    public const string Job = "refinement";

    // Inputs of the run: image sets, the walled test set, and the loader's report as JSON.
    public const string Train = "train";
    public const string ValidationA = "validation-a";
    public const string ValidationB = "validation-b";
    public const string Test = "test";
    public const string DataReport = "data-report";

    /// <summary>Weights of the network behind the perceptual warm-up, where a file was given.</summary>
    public const string WarmUpWeights = "warm-up-weights";

    // Arms.
    public const string Real = "real";
    public const string Control = "control";
    public const string Refined = "refined";

    public static IReadOnlyList<string> Arms { get; } = [Real, Control, Refined];

    /// <summary>A classifier of an arm. Files: weights, curve, predictions (validation B). Figures: accuracy, macroF1 …</summary>
    public static string Classify(string arm, int seed) => Text($"classify/{arm}/seed-{seed}");

    /// <summary>The loop's own classifier before any round: trained on real faces alone, the filter's teacher. No arm is this network.</summary>
    public static string Baseline { get; } = Retrain(0);

    /// <summary>The loop's own classifier, retrained with what was kept up to a round. Files and figures as an arm's.</summary>
    public static string Retrain(int round) => Text($"classify/round-{round}");

    /// <summary>Fits temperature and thresholds; 0 is the real-only teacher's. File: filter.</summary>
    public static string Filter(int round) => Text($"filter/round-{round}");

    /// <summary>Generator is <c>all</c> for a conditional one, else its class. File: gan.</summary>
    public static string WarmUp(string generator) => Text($"warm-up/{generator}");

    /// <summary>Files: gan (all that goes on), generator (averaged weights), curve.</summary>
    public static string Gan(int round, string generator) => Text($"gan/round-{round}/{generator}");

    /// <summary>Files: kept, rejected (a sample), drawn (the first few, unfiltered), image sets with facts. Figures: drawn, kept, rejected.REASON.</summary>
    public static string Sample(int round, string @class) => Text($"sample/round-{round}/{@class}");

    /// <summary>Compares round and baseline on validation B. Figures: delta, standardError (round against baseline), gain, gainError (round against the best before), baseline.macroF1, round.macroF1.</summary>
    public static string Validate(int round) => Text($"validate/round-{round}");

    /// <summary>The one reading of the test set. Files: <c>ARM/seed-N</c>, predictions each.</summary>
    public const string TestStep = "test";

    public static string TestFile(string arm, int seed) => Text($"{arm}/seed-{seed}");

    /// <summary>
    /// All figures of the result. Figures: ARM.accuracy, ARM.macroF1, ARM.auroc (means over seeds), vsControl.delta|low|high|verdict, vsReal.delta|low|high|verdict (the word as a number).
    /// Its words stand in the decision <see cref="VerdictQuestion"/> (better, worse, equivalent, undecided).
    /// </summary>
    public const string Verdict = "verdict";

    public const string VerdictQuestion = "verdict";

    /// <summary>Decided after each round: <c>continue</c> or <c>stop</c>.</summary>
    public static string RoundQuestion(int round) => Text($"round-{round}");

    private static string Text(FormattableString s) => s.ToString(CultureInfo.InvariantCulture);
}
