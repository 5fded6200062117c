using Fer.Actors.Runs;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Spectre.Console;

namespace Fer.Host.Live;

/// <summary>What a run found, at its end: the arms, the difference that counts, and what may be claimed.</summary>
internal static class ResultTable
{
    public static void Write(FerConsole console, RunState state)
    {
        var run = RunSummary.Of(state.RunId, state, held: false);
        var table = new Table().Border(TableBorder.Rounded).Title("Test set, mean over seeds, %");
        table.AddColumn("arm").AddColumn(Right("accuracy")).AddColumn(Right("macro F1")).AddColumn(Right("AUROC"));
        foreach (var (name, arm) in run.Arms.All)
        {
            table.AddRow(name, Words.Percent(arm.Accuracy), Words.Percent(arm.MacroF1), Words.Percent(arm.Auroc));
        }

        console.Terminal.Write(table);
        console.Out.WriteLine(Headline.Of(state));
        console.Out.WriteLine($"Kept images: {run.Kept.Total}{(run.Kept.ByClass.IsEmpty ? "" : $" ({string.Join(", ", run.Kept.ByClass.Select(k => $"{k.Key} {k.Value}"))})")}. Restarts: {run.Restarts}.");
    }

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();
}
