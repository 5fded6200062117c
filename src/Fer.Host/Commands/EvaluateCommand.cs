using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Live;
using Fer.Host.Reports;
using Fer.Host.Settings;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Spectre.Console;

namespace Fer.Host.Commands;

/// <summary><c>fer evaluate RUN-ID --data PATH</c>: every arm's stored classifiers on faces that had no part in the run.</summary>
internal static class EvaluateCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Shared.RunId();
        var runs = Shared.Runs();
        var data = new Option<string>("--data") { Description = "The faces: a folder, a csv or a zip. Its test split is taken where it has one, else all of it.", HelpName = "PATH", Required = true };
        var map = new Option<string?>("--map") { Description = "A HOCON file labels { THEIRS = OURS } for classes that are named otherwise there.", HelpName = "FILE" };
        var to = new Option<string?>("--to") { Description = "Folder for logits.csv and figures.json; without it, one below the run's.", HelpName = "DIR" };
        var command = new Command("evaluate", "Evaluate every arm's stored classifiers on faces never seen.") { id, runs, data, map, to };
        command.SetAction(result =>
        {
            var folder = result.Folder(runs, id);
            return Evaluate(context.Console, folder, result.GetRequiredValue(data), result.GetValue(map), result.GetValue(to));
        });
        return command;
    }

    private static int Evaluate(FerConsole console, RunFolder folder, string path, string? map, string? to)
    {
        var state = CommandContext.LoopOf(folder);
        var store = Stores.Of(folder, console.Error.WriteLine);
        var seen = state.Inputs.Where(i => i.Key is not (Names.Test or Names.DataReport or Names.WarmUpWeights)).Select(i => ImageSet.Read(store.Get(i.Value), i.Key)).ToList();
        var test = TestSet.Read(store.Get(state.Inputs[Names.Test]), Names.Test);
        var settings = JobDifferences.Read(state.Settings).Settings.Data with { Path = Path.GetFullPath(path) };
        var (set, report) = ForeignSet.Load(settings, seen[0].Labels, map is null ? new Dictionary<string, string>() : LabelMap.Read(map), seen, test);
        console.Out.WriteLine(FormattableString.Invariant($"{report.Used} faces; {report.Broken} broken."));
        foreach (var (name, count) in report.LeftOut)
        {
            console.Error.WriteLine(FormattableString.Invariant($"The class '{name}' is left out ({count} faces): the run does not have it; --map can name one of {seen[0].Labels} for it."));
        }

        if (report.Seen > 0)
        {
            console.Error.WriteLine(FormattableString.Invariant($"{report.Seen} of them have the pixels of a face that the run trained or validated on: these figures are not of a set never seen."));
        }

        if (report.Tested > 0)
        {
            console.Error.WriteLine(report.Tested == report.Used
                ? "These are faces of the run's own test set, which its verdict was reached on: these figures say nothing new."
                : FormattableString.Invariant($"{report.Tested} of them have the pixels of a face of the run's own test set: these figures are not of a set never seen."));
        }

        var evaluated = Evaluation.Run(state, store, set);
        Table(console.Terminal, evaluated.Figures);
        var target = to ?? Path.Combine(folder.Path, "evaluations", Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(settings.Path)));
        Directory.CreateDirectory(target);
        Evaluation.WriteLogits(Path.Combine(target, "logits.csv"), evaluated);
        File.WriteAllText(Path.Combine(target, "figures.json"), JsonSerializer.Serialize(evaluated.Figures, JsonFile));
        console.Out.WriteLine($"Logits and figures: {target}");
        return ExitCode.Done;
    }

    private static readonly JsonSerializerOptions JsonFile = new() { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static void Table(IAnsiConsole terminal, IReadOnlyDictionary<string, double> figures)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(figures.GetValueOrDefault("loops", 1) > 1 ? "Mean over loops and seeds, %" : "Mean over seeds, %");
        (string Title, string Figure)[] columns = [("accuracy", "accuracy"), ("precision", "macroPrecision"), ("recall", "macroRecall"), ("macro F1", "macroF1"), ("AUROC", "auroc"), ("calibration error", "calibrationError")];
        table.AddColumn("arm");
        foreach (var (title, _) in columns)
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var arm in Names.Arms.Where(a => figures.ContainsKey(a + ".accuracy")))
        {
            table.AddRow([arm, .. columns.Select(c => Words.Percent(figures.TryGetValue($"{arm}.{c.Figure}", out var v) ? v : null))]);
        }

        terminal.Write(table);
        foreach (var d in ArmDifference.Of(name => figures.TryGetValue(name, out var v) ? v : null))
        {
            var loops = d.Loops.Count > 1 ? $"; by loop {string.Join(", ", d.Loops.Select(Say.Points))}" : "";
            terminal.WriteLine($"{char.ToUpperInvariant(d.Title[0])}{d.Title[1..]}: {Say.Points(d.Delta)} points of macro F1 (95 % interval {d.Interval}{loops}): {d.Word}.");
        }
    }
}
