using System.Collections.Immutable;
using System.Text;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports;
using Fer.Host.Reports.Sections;

namespace Fer.Host.Export;

/// <summary>What an export's card says of what its images come from: the real faces, and the filter that judged them.</summary>
internal static class DatasetOrigin
{
    private const string Threshold = "threshold.";

    /// <summary>Name, hash and terms of the real faces.</summary>
    public static string RealFaces(RunView run)
    {
        var text = new StringBuilder();
        var report = DataSection.Of(run);
        var path = SettingsList.Of(run.State.Settings).FirstOrDefault(s => s.Name == "fer.data.path").Value ?? "";
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        text.Append(Say.Text($"- Source: {report?.Source ?? "not recorded"}{(name.Length > 0 ? $", `{name}`" : "")}\n"));
        if (report is not null)
        {
            text.Append(Say.Text($"- SHA-256 over split, class and decoded pixels of all {Say.Many(report.Read, "image")} read: {report.ContentHash}\n"));
        }

        if (run.State.Inputs.TryGetValue(Names.Train, out var train))
        {
            text.Append(Say.Text($"- SHA-256 of the training set that the networks were shown: {train}\n"));
        }

        return text.Append(Say.Text($"- Licence: {Terms(report?.Source)}\n")).ToString();
    }

    /// <summary>How each filter was fitted and how well its teacher does on faces that it was not trained on.</summary>
    public static string Filters(RunView run)
    {
        var text = new StringBuilder();
        foreach (var (loop, round) in run.State.Loops().SelectMany(l => run.State.Rounds(l).Prepend(0).Select(r => (l, r))))
        {
            if (run.State.Completed(Names.InLoop(loop, Names.Filter(round))) is { Figures: var fit })
            {
                text.Append(Say.Text($"- `{Names.InLoop(loop, Names.Filter(round))}`, {Teachers(run, loop, round)}. "));
                text.Append("Fitted on validation A, which the teacher and the generators were not trained on:");
                text.Append(Figure(fit, "temperature", " temperature ")).Append(Figure(fit, "calibrationErrorBefore", ", calibration error before ")).Append(Figure(fit, "calibrationErrorAfter", ", after ")).Append(Figure(fit, "nearCopy", ", near-copy distance ")).Append(Figure(fit, "nearCopyFeatures", ", in a network's middle layer "));
                var thresholds = fit.Where(f => f.Key.StartsWith(Threshold, StringComparison.Ordinal)).Select(f => $"{f.Key[Threshold.Length..]} {Say.Figure(f.Value)}").ToArray();
                text.Append(thresholds.Length > 0 ? $"; least confidence: {string.Join(", ", thresholds)}.\n" : ".\n");
            }
        }

        return text.Length > 0 ? text.ToString() : "- No filter was fitted.\n";
    }

    // Cross-fitted teachers judge before the first round and, unless the latest classifier is asked for, in every round.
    private static string Teachers(RunView run, int loop, int round)
    {
        var several = Enumerable.Range(0, round == 0 ? int.MaxValue : 0).Select(fold => Names.InLoop(loop, Names.Teacher(fold))).TakeWhile(t => run.State.Completed(t) is not null).ToArray();
        if (several.Length > 0)
        {
            return $"the mean of {Say.Many(several.Length, "teacher")}, each trained on real faces alone without one fold of them: {string.Join("; ", several.Select(t => $"`{t}` {Figures(run, t)}"))} on validation B";
        }

        var teacher = Names.InLoop(loop, Names.Retrain(round));
        return $"teacher `{teacher}` ({(round == 0 ? "trained on real faces alone" : "trained on real and kept faces")}): {Figures(run, teacher)} on validation B";
    }

    private static string Figures(RunView run, string teacher) =>
        run.State.Completed(teacher) is { Figures: var figures } && figures.TryGetValue("accuracy", out var accuracy) && figures.TryGetValue("macroF1", out var f1)
            ? $"accuracy {Say.Percent(accuracy)}, macro F1 {Say.Percent(f1)}"
            : "figures not recorded";

    private static string Figure(ImmutableSortedDictionary<string, double> figures, string name, string before) => figures.TryGetValue(name, out var value) ? before + Say.Figure(value) : "";

    private static string Terms(string? source) => source switch
    {
        "SketchFaces" => "this program drew the faces itself; no person and no photograph is behind them, so nobody else's terms bind what was made of them.",
        "FER2013 csv" => "FER2013's photographs were found by searching the web (Goodfellow et al. 2013). Rights in them stay with their owners, and whoever passed the copy on has set terms for it: read those before you pass these images on.",
        _ => "the program does not know under which terms the real faces are. Read them before you pass these images on, which were made from those faces.",
    };
}
