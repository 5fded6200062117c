using Fer.Actors.Runs;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Spectre.Console;

namespace Fer.Host.Live;

/// <summary>What a screening found, at its end: each lever's values beside the base, and what was taken.</summary>
internal static class LeversTable
{
    public static void Write(FerConsole console, RunState state)
    {
        var view = LeversView.Of(state);
        var loop = view.Run.Screened.Loop;
        var table = new Table().Border(TableBorder.Rounded).Title($"Validation B, points of macro F1 against the base, {Say.Many(loop.Loops, "loop")}, {Say.Many(loop.Seeds, "seed")} each");
        table.AddColumn("lever").AddColumn("base").AddColumn("tried").AddColumn(Right("Δ refined")).AddColumn(Right("95 % interval")).AddColumn(Right("Δ control")).AddColumn(Right("refined − control")).AddColumn("recipe");
        foreach (var row in view.Rows)
        {
            table.AddRow(
                Markup.Escape(row.Key), Markup.Escape(row.Base), Markup.Escape(row.Value), Words.Points(row.Refined.Delta), $"{Words.Points(row.Refined.Low)} to {Words.Points(row.Refined.High)}",
                Words.Points(row.Control?.Delta), Words.Points(row.Gain.Delta), row.IsTaken ? "taken" : "");
        }

        console.Terminal.Write(table);
        console.Out.WriteLine($"Refined − control at the base: {Words.Points(view.GainAtBase?.Delta)} points ({Words.Points(view.GainAtBase?.Low)} to {Words.Points(view.GainAtBase?.High)}).");
        console.Out.WriteLine(view.Limits);
    }

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();
}
