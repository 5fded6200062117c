using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Spectre.Console;

namespace Fer.Host.Live;

/// <summary>What a run found, at its end, in the report's order: the verdict and what may be claimed, what explains it, then the arms.</summary>
internal static class ResultTable
{
    public static void Write(FerConsole console, RunState state)
    {
        if (state.Job == LeverNames.Job)
        {
            LeversTable.Write(console, state);
            return;
        }

        var run = RunSummary.Of(state.RunId, state, held: false);
        console.Out.WriteLine(Headline.Short(state));
        foreach (var sentence in Headline.Parts(state).Also)
        {
            console.Out.WriteLine(sentence);
        }

        if (state.Figures.ContainsKey(ValidationFigures.Delta))
        {
            Validation(console, state);
            return;
        }

        var loops = Headline.Loops(state);
        var table = new Table().Border(TableBorder.Rounded).Title(loops > 1 ? FormattableString.Invariant($"Test set, mean over {loops} loops and their seeds, %") : "Test set, mean over seeds, %");
        table.AddColumn("arm").AddColumn(Right("accuracy")).AddColumn(Right("macro F1")).AddColumn(Right("AUROC"));
        foreach (var (name, arm) in run.Arms.All)
        {
            table.AddRow(name, Words.Percent(arm.Accuracy), Words.Percent(arm.MacroF1), Words.Percent(arm.Auroc));
        }

        console.Terminal.Write(table);
        console.Out.WriteLine($"Kept images: {run.Kept.Total}{(run.Kept.ByClass.IsEmpty ? "" : $" ({string.Join(", ", run.Kept.ByClass.Select(k => $"{k.Key} {k.Value}"))})")}. Restarts: {run.Restarts}; steps passed on: {run.StepsPassedOn}.");
    }

    private static void Validation(FerConsole console, RunState state)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Validation B, %");
        table.AddColumn("arm").AddColumn(Right("macro F1"));
        foreach (var arm in new[] { Names.Control, Names.Refined })
        {
            table.AddRow(arm, Words.Percent(state.Figures[ValidationFigures.Of(arm)]));
        }

        console.Terminal.Write(table);
    }

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();
}
