using System.Globalization;
using Fer.Models.Evaluation;

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

    /// <summary>Training faces outside the fraction in use.</summary>
    public const string HeldBack = "held-back";

    /// <summary>The fold of judge and auditor; the same for all loops.</summary>
    public const string JudgeFaces = "judge-faces";

    // Arms. Refined takes the labels that were asked for; the arm with the others is named by them.
    public const string Real = "real";
    public const string Control = "control";
    public const string Unfiltered = "unfiltered";
    public const string Refined = "refined";
    public const string RefinedHard = "refined-hard";
    public const string RefinedSoft = "refined-soft";
    public const string Oracle = "oracle";

    /// <summary>Every arm that a run may have, in the order of reports.</summary>
    public static IReadOnlyList<string> Arms { get; } = [Real, Control, Unfiltered, Refined, RefinedHard, RefinedSoft, Oracle];

    /// <summary>The same for comparisons.</summary>
    public static ArmNames ForComparison { get; } = new(Real, Control, Refined, Unfiltered, RefinedHard, RefinedSoft, Oracle);

    /// <summary>A step, input, test file or decision of a loop (1, 2 …). The first loop's have no prefix.</summary>
    public static string InLoop(int loop, string name) => loop == 1 ? name : Text($"loop-{loop}/{name}");

    /// <summary>A candidate of an arm, trained once with the loop's own seed: a recipe (control), or a multiple of the steps.</summary>
    public static string Tune(string arm, string candidate) => Text($"tune/{arm}/{candidate}");

    /// <summary>Decided for the control: its recipe.</summary>
    public const string RecipeQuestion = "control-recipe";

    /// <summary>Decided for an arm that is tried with several: its multiple of the steps.</summary>
    public static string StepsQuestion(string arm) => Text($"steps/{arm}");

    /// <summary>A classifier trained without one fold of the training faces. Several of them are the filter's teacher.</summary>
    public static string Teacher(int fold) => Text($"classify/teacher-{fold}");

    /// <summary>The classifier whose middle layer near copies are looked for in; no teacher, judge or arm.</summary>
    public const string Witness = "classify/witness";

    /// <summary>Training faces with the probabilities that teachers give them which were not trained on them. File: soft.</summary>
    public const string SoftLabels = "soft-labels";

    /// <summary>Classifiers on the judge's fold, which measure and do nothing else. Files and figures as an arm's.</summary>
    public const string Judge = "judge/judge";

    /// <summary>The other one, which says how far it agrees with the filter.</summary>
    public const string Auditor = "judge/auditor";

    /// <summary>How far a round's generated images are from held-out real faces, in the judge's features. Figures of <see cref="SampleQuality"/>.</summary>
    public static string Quality(int round) => Text($"quality/round-{round}");

    /// <summary>How much of the variety of real faces a round's generated images have, without a judge, in pixels. Figures: recall and what else neighbours say.</summary>
    public static string Variety(int round) => Text($"variety/round-{round}");

    /// <summary>Decided after the second round and later ones, where kept images are fed back and that may end: <c>go-on</c> or <c>end</c>.</summary>
    public static string FeedbackQuestion(int round) => Text($"feedback/round-{round}");

    /// <summary>How far the auditor agrees with what was kept. Figures of <see cref="AuditKept"/>.</summary>
    public const string Audit = "audit";

    /// <summary>As many images as the filter kept, as they came. Files and figures as of <see cref="Sample"/>.</summary>
    public static string Unchecked(int round, string @class) => Text($"unfiltered/round-{round}/{@class}");

    /// <summary>The fit whose rule keeps everything. File: filter.</summary>
    public const string NoFilter = "filter/none";

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

    /// <summary>Files: kept, rejected (a sample), drawn (the first few, unfiltered), image sets with facts; with filter.fresh spare, what may stand in for kept ones. Figures: drawn, kept, rejected.REASON, spare.</summary>
    public static string Sample(int round, string @class) => Text($"sample/round-{round}/{@class}");

    /// <summary>What the loop's own classifier of a round, 0 for the baseline, finds of each class on validation B. Figures: <see cref="RecallOf"/>.</summary>
    public static string Recalls(int round) => Text($"recalls/round-{round}");

    /// <summary>Share of a class's faces that is found, a figure.</summary>
    public static string RecallOf(string @class) => $"recall.{@class}";

    /// <summary>Compares round and baseline on validation B. Figures: delta, standardError (round against baseline), gain, gainError (round against the best before), baseline.macroF1, round.macroF1.</summary>
    public static string Validate(int round) => Text($"validate/round-{round}");

    /// <summary>The one reading of the test set. Files: <c>ARM/seed-N</c>, predictions each.</summary>
    public const string TestStep = "test";

    public static string TestFile(string arm, int seed) => Text($"{arm}/seed-{seed}");

    /// <summary>
    /// All figures of the result. Figures: ARM.accuracy, ARM.macroF1, ARM.auroc … (means over loops and seeds), loops, and those of <see cref="Comparisons.Arms"/>: vsControl, vsReal,
    /// vsUnfiltered, softVsHard, room, each with .delta|low|high|verdict (the word as a number), oracle.share.
    /// Its words stand in the decision <see cref="VerdictQuestion"/> (better, worse, equivalent, undecided).
    /// </summary>
    public const string Verdict = "verdict";

    public const string VerdictQuestion = "verdict";

    /// <summary>Decided after the last round: how many rounds' kept images the arms get.</summary>
    public const string RoundsUsed = "rounds-used";

    /// <summary>Decided after each round: <c>continue</c> or <c>stop</c>.</summary>
    public static string RoundQuestion(int round) => Text($"round-{round}");

    private static string Text(FormattableString s) => s.ToString(CultureInfo.InvariantCulture);
}
