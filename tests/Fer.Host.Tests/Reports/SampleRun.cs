using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Host.Tests.Reports;

/// <summary>A refinement run as events and artifacts in a temporary folder, without a network or an actor: what reports are tried on.</summary>
internal sealed class SampleRun : IDisposable
{
    public static readonly LabelSpace Labels = new(["angry", "fear", "happy", "neutral", "sad"]);

    public static readonly string[] MainArms = [Names.Real, Names.Control, Names.Refined];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fer-report-");
    private readonly List<IRunEvent> events = [];
    private DateTimeOffset now = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private int loop = 1;

    public SampleRun(string runId = "sample")
    {
        Folder = new RunFolder(folder.FullName, runId);
        Directory.CreateDirectory(Folder.Path);
        Store = new ArtifactStore(Folder.Artifacts);
    }

    public RunFolder Folder { get; }

    public ArtifactStore Store { get; }

    public string Temporary => folder.FullName;

    public RunState State => events.Aggregate(RunState.Empty, (s, e) => s.Apply(e));

    /// <summary>What its journal would hold.</summary>
    public IReadOnlyList<IRunEvent> Events => events;

    public ImageSet Train { get; private set; } = null!;

    public int Rounds { get; init; } = 3;

    public int Seeds { get; init; } = 2;

    public int Loops { get; init; } = 1;

    /// <summary>Six arms in place of three, with teachers, choices on validation B, and a verdict step as the job has it.</summary>
    public bool AllArms { get; init; }

    public string[] Arms => AllArms ? [Names.Real, Names.Control, Names.Unfiltered, Names.Refined, Names.RefinedSoft, Names.Oracle] : MainArms;

    /// <summary>Figures of the verdict step that are other than the tables have them, or are not there without.</summary>
    public (string Name, double Value)[] Figures { get; init; } = [];

    /// <summary>Kept images of each class and round; null: some, differing.</summary>
    public int? Kept { get; init; }

    /// <summary>Images of each class and round that take turns with kept ones; 0: no such file.</summary>
    public int Spare { get; init; }

    /// <summary>Test images with a twin that is trained on, where twins are as they come.</summary>
    public int? Leaked { get; init; }

    /// <summary>What the run decides about the refined arm's rounds; null: all of them.</summary>
    public int? RoundsUsed { get; init; }

    public int Channels { get; init; } = 1;

    /// <summary>Instead of the difference to the control that the tables have, share of 1.</summary>
    public double? Delta { get; init; }

    public string Settings { get; init; } = """{"Settings":{"Classifier":{"Network":"default","Steps":400},"Gan":{"LearningRate":0.0002,"Kind":"conditional"},"Loop":{"Rounds":3,"Seeds":2}},"Classes":["angry","fear","happy","neutral","sad"],"TrainCounts":[61,34,120,80,75]}""";

    /// <summary>A whole run, with a crash, a roll-back and a pause in it.</summary>
    public SampleRun Complete(string verdict = "undecided")
    {
        Start();
        for (loop = 1; loop <= Loops; loop++)
        {
            Baseline();
            for (var round = 1; round <= Rounds; round++)
            {
                Round(round);
            }

            LastArms();
        }

        loop = 1;
        return Finish(verdict);
    }

    public SampleRun Start()
    {
        Train = Set(Names.Train, [61, 34, 120, 80, 75]);
        var inputs = new Dictionary<string, string>();
        for (loop = Loops; loop >= 1; loop--)
        {
            inputs[In(Names.Train)] = Store.Put((loop == 1 ? Train : Set(In(Names.Train), [61, 34, 120, 80, 75])).ToBytes());
            inputs[In(Names.ValidationA)] = Store.Put(Set(In(Names.ValidationA), [10, 8, 20, 14, 12]).ToBytes());
            inputs[In(Names.ValidationB)] = Store.Put(Set(In(Names.ValidationB), [10, 8, 20, 14, 12]).ToBytes());
            if (AllArms)
            {
                inputs[In(Names.HeldBack)] = Store.Put(Set(In(Names.HeldBack), [50, 60, 50, 50, 50]).ToBytes());
            }
        }

        loop = 1;
        inputs = new Dictionary<string, string>(inputs)
        {
            [Names.Test] = Store.Put(new TestSet(Set(Names.Test, [20, 14, 40, 28, 24])).ToBytes()),
            [Names.DataReport] = Store.Put(JsonSerializer.SerializeToUtf8Bytes(Report())),
        };
        Happens(new RunStarted(now, Folder.RunId, Names.Job, Settings, new Fingerprint(Sorted(("code", "4be1"), ("device", "cpu"), ("torch", "2.10.0"), ("precision", "fp32"))), Sorted([.. inputs.Select(i => (i.Key, i.Value))]), "0.1.0"));
        Happens(new Claimed(now, 1, "lab-1", 4711));
        return this;
    }

    public void Baseline()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            Classify(Names.Classify(Names.Real, seed), "cpu:1", 0.55);
        }

        for (var fold = 0; AllArms && fold < 3; fold++)
        {
            Classify(Names.Teacher(fold), "cpu:1", 0.54);
        }

        Step(Names.Filter(0), "cpu:0", 20, [("filter", [1, 2, 3])], [("temperature", 1.62), ("nearCopy", 0.21), .. Labels.Names.Select((c, k) => ("threshold." + c, 0.31 + 0.03 * k))]);
        Step(Names.WarmUp("all"), "cpu:0", 90, [("gan", [4])], []);
    }

    public void Round(int round)
    {
        Begin(Names.Gan(round, "all"), "cpu:0");
        if (round == 2 && loop == 1)
        {
            Later(140);
            Happens(new StepFailed(now, Names.Gan(round, "all"), "cpu:0", "non-finite", "critic loss is NaN at step 310", 1));
            Happens(new StepAdjusted(now, Names.Gan(round, "all"), new Adjustment(300, 0.5, 1), "critic loss is NaN at step 310"));
            Later(1);
            Begin(Names.Gan(round, "all"), "cpu:0", attempt: 2, from: 300);
            Later(60);
            Happens(new Claimed(now.AddSeconds(45), 2, "lab-1", 4800));
            Later(50);
            Begin(Names.Gan(round, "all"), "cpu:0", attempt: 3, from: 400);
        }

        Later(240);
        End(Names.Gan(round, "all"), [("generator", [(byte)(round + 10 * (loop - 1)), 7]), ("gan", [9]), ("curve", GanCurve(round + 10 * (loop - 1)))], []);
        for (var label = 0; label < Labels.Count; label++)
        {
            Sample(round, label);
        }

        for (var label = 0; AllArms && label < Labels.Count; label++)
        {
            Step(Names.Unchecked(round, Labels[label]), "cpu:0", 3, [], [("drawn", 12), ("kept", 12)]);
        }

        Classify(Names.Retrain(round), "cpu:1", 0.55 + 0.01 * round);
        Step(Names.Filter(round), "cpu:0", 15, [("filter", [1, 2, 3])], [("temperature", 1.5)]);
        Step(Names.Validate(round), "cpu:1", 4, [], [("delta", 0.012 * round - 0.004 * loop), ("standardError", 0.011), ("gain", 0.008), ("gainError", 0.011), ("baseline.macroF1", 0.55), ("round.macroF1", 0.546 + 0.012 * round)]);
        var last = round == Rounds;
        if (last)
        {
            Happens(new Decided(now, In(Names.RoundsUsed), Say($"{RoundsUsed ?? round}"), "it has the best macro F1 on validation B"));
        }

        Happens(new Decided(now, In(Names.RoundQuestion(round)), last ? "stop" : "continue", last ? "all rounds are done" : "the gain is above one standard error"));
        if (round == 1 && loop == 1)
        {
            Happens(new RunPaused(now, "user", "asked for"));
            Later(3600);
            Happens(new RunResumed(now));
        }
    }

    private void LastArms()
    {
        if (AllArms)
        {
            Happens(new Decided(now, In(Names.RecipeQuestion), loop == 2 ? "soft" : "balanced", Say($"macro F1 of control on validation B: natural 52.{loop}, balanced 53.{loop}, weighted 51.8, soft {(loop == 2 ? 54 : 53)}.0")));
        }

        foreach (var arm in Arms)
        {
            if (AllArms)
            {
                Happens(new Decided(now, In(Names.StepsQuestion(arm)), loop == 3 ? "0.5" : "1", Say($"macro F1 of {arm} on validation B: 0.5 52.{loop}, 1 53.0, 2 52.6")));
            }

            for (var seed = 0; arm != Names.Real && seed < Seeds; seed++)
            {
                Classify(Names.Classify(arm, seed), "cpu:" + seed % 2, arm == Names.Control ? 0.57 : 0.6);
            }
        }
    }

    private SampleRun Finish(string verdict)
    {
        double Skill(string arm) => arm switch { Names.Real => 0.48, Names.Control => 0.5, Names.Oracle => 0.6, Names.Unfiltered => 0.47, _ => 0.51 };
        var all = Arms.ToDictionary(a => a, a => (IReadOnlyList<IReadOnlyList<Predictions>>)[.. Enumerable.Range(1, Loops)
            .Select(l => (IReadOnlyList<Predictions>)[.. Enumerable.Range(0, Seeds).Select(s => Guess(126, Skill(a), 31 * a.Length + s + 1000 * (l - 1)))])]);
        Step(Names.TestStep, "cpu:0", 6, [.. all.SelectMany(t => t.Value.SelectMany((seeds, l) => seeds.Select((p, s) => (Names.InLoop(l + 1, Names.TestFile(t.Key, s)), p.ToBytes()))))], []);
        var figures = AllArms || Loops > 1 ? Comparisons.Arms(all, Names.ForComparison, 1).Figures : ByHand(all);
        Step(Names.Verdict, "cpu:0", 3, [], [.. figures.SetItems(Figures.Select(f => KeyValuePair.Create(f.Name, f.Value))).Select(f => (f.Key, f.Value))]);
        Happens(new Decided(now, Names.VerdictQuestion, verdict, "interval and margin"));
        Happens(new RunCompleted(now, Sorted<double>()));
        return this;
    }

    // Intervals of a width that tests can name.
    private ImmutableSortedDictionary<string, double> ByHand(Dictionary<string, IReadOnlyList<IReadOnlyList<Predictions>>> tables)
    {
        var metrics = tables.ToDictionary(t => t.Key, t => t.Value[0].Select(p => Metrics.Of(p)).ToArray());
        double Mean(string arm, Func<Metrics, double> figure) => metrics[arm].Average(figure);
        double control = Delta ?? Mean(Names.Refined, m => m.MacroF1) - Mean(Names.Control, m => m.MacroF1), real = Mean(Names.Refined, m => m.MacroF1) - Mean(Names.Real, m => m.MacroF1);
        return Sorted(
        [
            .. Arms.SelectMany(a => new[] { (a + ".accuracy", Mean(a, m => m.Accuracy)), (a + ".macroPrecision", Mean(a, m => m.MacroPrecision)), (a + ".macroRecall", Mean(a, m => m.MacroRecall)), (a + ".macroF1", Mean(a, m => m.MacroF1)), (a + ".auroc", Mean(a, m => m.MacroAuroc!.Value)) }),
            ("vsControl.delta", control), ("vsControl.low", control - 0.028), ("vsControl.high", control + 0.028),
            ("vsReal.delta", real), ("vsReal.low", real - 0.028), ("vsReal.high", real + 0.028),
        ]);
    }

    public void Happens(IRunEvent e) => events.Add(e);

    /// <summary>The name of a step of the loop that is going on.</summary>
    private string In(string name) => name is Names.TestStep or Names.Verdict ? name : Names.InLoop(loop, name);

    public void Begin(string name, string device, int attempt = 1, long from = 0)
    {
        name = In(name);
        var spec = new StepSpec(name, name.Split('/')[0], 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 17);
        Happens(new StepStarted(now, spec, spec.HashUnder(new Fingerprint(ImmutableSortedDictionary<string, string>.Empty)), device, attempt, from));
    }

    public void End(string name, (string Name, byte[] Content)[] files, (string, double)[] figures) =>
        Happens(new StepCompleted(now, In(name), Sorted([.. files.Select(f => (f.Name, Store.Put(f.Content)))]), Sorted(figures)));

    public void Step(string name, string device, double seconds, (string Name, byte[] Content)[] files, (string, double)[] figures)
    {
        Begin(name, device);
        Later(seconds);
        End(name, files, figures);
    }

    public void Later(double seconds) => now = now.AddSeconds(seconds);

    public void Dispose() => folder.Delete(recursive: true);

    private void Classify(string name, string device, double skill)
    {
        var seed = name.Length * 7 + name[^1] + 1000 * (loop - 1);
        Step(name, device, 70, [("weights", Encoding.UTF8.GetBytes(name)), ("curve", ClassifierCurve(seed)), ("predictions", Guess(64, skill, seed).ToBytes())], [("accuracy", skill), ("macroF1", skill - 0.02)]);
    }

    private void Sample(int round, int label)
    {
        var name = Labels[label];
        int kept = Kept ?? 10 + 3 * label + round + 2 * (loop - 1), confidence = 14 - round, copies = label % 3;
        var generator = State.Completed(In(Names.Gan(round, "all")))!.Files["generator"];
        ImageRow Row(int i, string? reason) => new(Say($"gan-{name}-{(loop == 1 ? "" : Say($"l{loop}-"))}r{round}-{i / 16}-{i % 16}"), label, Say($"gan/{round}/{name}/{i}"), "gan")
        {
            Recipe = new ImageRecipe(generator, name, 900 + round, i / 16, 16, i % 16),
            Facts = new FilterFacts(reason == "confidence" ? 0.2 + 0.01 * i : 0.8 + 0.004 * (i % 40), reason == "near-copy" ? 0.02 : 0.3 + 0.01 * i, Train.Rows[Train.IndicesOf(label)[i % 20]].Id, reason) { FeatureDistance = Spare > 0 ? 0.5 : null },
        };
        var keptSet = SampleFaces.Draw(Labels, Enumerable.Range(0, kept).Select(i => Row(i, null)), Channels);
        var rejected = SampleFaces.Draw(Labels, Enumerable.Range(kept, confidence + copies).Select(i => Row(i, i < kept + confidence ? "confidence" : "near-copy")), Channels);
        var spare = SampleFaces.Draw(Labels, Enumerable.Range(kept + confidence + copies, Spare).Select(i => Row(i, Diversity.NotChosen)), Channels);
        Step(Names.Sample(round, name), "cpu:0", 12, [("kept", keptSet.ToBytes()), ("rejected", rejected.ToBytes()), .. Spare > 0 ? new[] { ("spare", spare.ToBytes()) } : []],
            [("drawn", kept + confidence + copies), ("kept", kept), ("rejected.confidence", confidence), ("rejected.near-copy", copies)]);
    }

    private DataReport Report() => new()
    {
        LeakedTestImages = Leaked,
        Source = "drawn <faces> & more", Classes = Labels.Names, Splits = [], Read = 624, TwinGroups = 7, TwinImages = 15, StraddlingTestImages = 2, Excluded = 3, ExcludedIds = ["train/sad/7.png"],
        ConflictingGroups = 1, Broken = 1, BrokenImages = [new BrokenImage("train/happy/cut.jpg", "is a truncated JPEG")], ContentHash = new string('a', 64),
    };

    private ImageSet Set(string source, int[] counts) => SampleFaces.Draw(Labels,
        counts.SelectMany((n, label) => Enumerable.Range(0, n).Select(i => new ImageRow($"{source}/{Labels[label]}/{i:0000}.png", label, $"{source}-{label}-{i}", "sketch"))), Channels);

    private static byte[] GanCurve(int round)
    {
        var random = new Random(round);
        var curve = new Curve("critic", "generator", "penalty");
        for (var step = 1; step <= 1200; step++)
        {
            curve.Add(step, -8 * Math.Exp(-step / 400.0) - 1 + random.NextDouble() * 0.8, 2 * Math.Sin(step / 180.0) + random.NextDouble(), step == 700 ? 4 : 0.1 + random.NextDouble() * 0.1);
        }

        return curve.ToBytes();
    }

    private static byte[] ClassifierCurve(int seed)
    {
        var random = new Random(seed);
        var curve = new Curve("loss");
        for (var step = 10; step <= 400; step += 10)
        {
            curve.Add(step, 1.6 * Math.Exp(-step / 150.0) + 0.3 + random.NextDouble() * 0.1);
        }

        return curve.ToBytes();
    }

    private static Predictions Guess(int count, double skill, int seed)
    {
        var random = new Random(seed);
        var truth = Enumerable.Range(0, count).Select(i => i % Labels.Count).ToImmutableArray();
        var logits = truth.SelectMany(t =>
        {
            var says = random.NextDouble() < skill ? t : random.Next(Labels.Count);
            return Enumerable.Range(0, Labels.Count).Select(k => (float)(random.NextDouble() * 2 + (k == says ? 2.5 : 0)));
        }).ToImmutableArray();
        return new Predictions(Labels, [.. truth.Select((_, i) => $"image-{i}")], [.. truth.Select((_, i) => $"group-{i}")], truth, logits);
    }

    private static string Say(FormattableString text) => FormattableString.Invariant(text);

    private static ImmutableSortedDictionary<string, T> Sorted<T>(params (string Key, T Value)[] pairs) =>
        pairs.ToImmutableSortedDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
}
