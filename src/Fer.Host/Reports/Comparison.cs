using System.Collections.Immutable;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;

namespace Fer.Host.Reports;

/// <summary>Something that two runs have differently; nothing where a run lacks it.</summary>
public sealed record Difference(string Name, string First, string Second);

/// <summary>A figure of both runs; null where a run has none.</summary>
public sealed record FigurePair(string Arm, string Figure, double? First, double? Second);

/// <summary>Two runs side by side: what was asked differently, and what came of it.</summary>
public sealed record Comparison
{
    public required string First { get; init; }

    public required string Second { get; init; }

    /// <summary>Settings by their configuration keys; only those that differ.</summary>
    public required ImmutableArray<Difference> Settings { get; init; }

    /// <summary>Version, fingerprint and inputs; only those that differ.</summary>
    public required ImmutableArray<Difference> Ground { get; init; }

    /// <summary>On which set the figures of the runs were measured: <c>test set</c> or <c>validation B</c>.</summary>
    public required (string First, string Second) Sets { get; init; }

    public required ImmutableArray<FigurePair> Figures { get; init; }

    /// <summary>The differences between arms that a run's verdict step made, by their titles, with interval and word; only where a run has them.</summary>
    public required ImmutableArray<Difference> Verdicts { get; init; }

    /// <summary>Kept images by class, all loops together, then of all classes.</summary>
    public required ImmutableArray<(string Class, int First, int Second)> Kept { get; init; }

    /// <summary>What each run may claim.</summary>
    public required (string First, string Second) Headlines { get; init; }

    /// <summary>Steps that both completed, and how many of them made the same bytes.</summary>
    public required (int Both, int Same) Steps { get; init; }

    /// <summary>The first step, in the first run's order, whose bytes differ; null when none do.</summary>
    public required string? FirstOtherStep { get; init; }

    /// <summary>Compares two runs of the refinement job. Figures are the verdict's where a run has one, else means over seeds on validation B.</summary>
    public static Comparison Of(RunState first, RunState second, ArtifactStore firstStore, ArtifactStore secondStore)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        RunView a = new(first, firstStore), b = new(second, secondStore);
        var both = first.Order.Where(n => first.Completed(n) is not null && second.Completed(n) is not null).ToArray();
        var other = both.Where(n => !first.Steps[n].Files.SequenceEqual(second.Steps[n].Files) || !first.Steps[n].Figures.SequenceEqual(second.Steps[n].Figures)).ToArray();
        return new Comparison
        {
            First = first.RunId,
            Second = second.RunId,
            Settings = Differences(SettingsList.Of(first.Settings), SettingsList.Of(second.Settings)),
            Ground = Differences(GroundOf(first), GroundOf(second)),
            Sets = (SetOf(a), SetOf(b)),
            Figures = [.. Names.Arms.Where(arm => first.Classifiers(arm).Count + second.Classifiers(arm).Count > 0).SelectMany(arm => Measured.Select(f => new FigurePair(arm, f.Title, Figure(a, arm, f), Figure(b, arm, f))))],
            Verdicts = VerdictsOf(first, second),
            Kept = KeptOf(a, b),
            Headlines = (Headline.Short(first), Headline.Short(second)),
            Steps = (both.Length, both.Length - other.Length),
            FirstOtherStep = other.FirstOrDefault(),
        };
    }

    private static readonly (string Key, string Title, Func<Metrics, double?> Of)[] Measured =
        [("accuracy", "accuracy", m => m.Accuracy), ("macroF1", "macro F1", m => m.MacroF1), ("auroc", "AUROC", m => m.MacroAuroc)];

    private static ImmutableArray<Difference> Differences(IEnumerable<(string Name, string Value)> first, IEnumerable<(string Name, string Value)> second)
    {
        Dictionary<string, string> a = first.ToDictionary(p => p.Name, p => p.Value), b = second.ToDictionary(p => p.Name, p => p.Value);
        return [.. a.Keys.Union(b.Keys).Select(k => new Difference(k, a.GetValueOrDefault(k, Say.Nothing), b.GetValueOrDefault(k, Say.Nothing))).Where(d => d.First != d.Second)];
    }

    private static IEnumerable<(string, string)> GroundOf(RunState run) =>
        run.Fingerprint.Facts.Select(f => ("fingerprint " + f.Key, f.Value)).Concat(run.Inputs.Select(i => ("input " + i.Key, Say.Short(i.Value)))).Prepend(("fer", run.Version));

    private static string SetOf(RunView run) => run.State.Completed(Names.Verdict) is not null ? "test set" : "validation B";

    private static double? Figure(RunView run, string arm, (string Key, string Title, Func<Metrics, double?> Of) figure) =>
        run.State.Completed(Names.Verdict) is not null ? run.State.Result($"{arm}.{figure.Key}") : run.ValidationArms.Mean(arm, figure.Of);

    private static ImmutableArray<Difference> VerdictsOf(RunState first, RunState second)
    {
        IReadOnlyList<ArmDifference> a = ArmDifference.Of(first), b = ArmDifference.Of(second);
        return [.. ArmDifference.Titles.Select(t => new Difference(t, Words(a, t), Words(b, t))).Where(d => (d.First, d.Second) != (Say.Nothing, Say.Nothing))];

        static string Words(IReadOnlyList<ArmDifference> of, string title) => of.FirstOrDefault(d => d.Title == title) is { } d ? $"{Say.Points(d.Delta)} ({d.Interval}) {d.Word}".TrimEnd() : Say.Nothing;
    }

    private static ImmutableArray<(string, int, int)> KeptOf(RunView a, RunView b)
    {
        IReadOnlyDictionary<string, int> first = a.State.KeptByClass(), second = b.State.KeptByClass();
        return
        [
            .. a.Classes.Union(b.Classes).Select(c => (c, first.GetValueOrDefault(c), second.GetValueOrDefault(c))),
            ("all", first.Values.Sum(), second.Values.Sum()),
        ];
    }
}
