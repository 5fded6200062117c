using System.Globalization;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fer.Host.Live;

/// <summary>For a terminal: what runs now, redrawn in place four times a second, below the events as they come.</summary>
internal sealed class TerminalView(IAnsiConsole terminal, RunProgress progress, Forecast forecast, string runId)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private const int BarWidth = 20;
    private const int ShownFigures = 4;

    public Task RunAsync(CancellationToken done) => terminal.Live(Draw(progress.Look()))
        .AutoClear(true)
        .Overflow(VerticalOverflow.Crop)
        .StartAsync(async context =>
        {
            while (!done.IsCancellationRequested)
            {
                Lines();
                context.UpdateTarget(Draw(progress.Look()));
                await Task.Delay(Look, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Lines();
        });

    private void Lines()
    {
        foreach (var line in progress.TakeLines())
        {
            terminal.MarkupLine($"[grey]{DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}[/] {Markup.Escape(line)}");
        }
    }

    internal IRenderable Draw(ProgressView view)
    {
        var round = view.State.Round();
        var title = $"[bold]{Markup.Escape(runId)}[/]"
            + (round > 0 ? string.Create(CultureInfo.InvariantCulture, $" · round {round}") : "")
            + $" · {Words.Time(view.Elapsed)}"
            + (forecast.Left(view) is { } left ? $" · {left} left" : "")
            + " · [grey]Ctrl-C saves and stops[/]";
        if (view.Steps.Count == 0)
        {
            return new Rows(new Markup(title), new Markup(view.State.RunId.Length == 0 ? "[grey]starting …[/]" : "[grey]between steps …[/]"));
        }

        var table = new Table().Border(TableBorder.None).HideHeaders();
        for (var i = 0; i < 6; i++)
        {
            table.AddColumn(new TableColumn("") { NoWrap = true });
        }

        foreach (var step in view.Steps)
        {
            table.AddRow(
                Markup.Escape(step.Device),
                Markup.Escape(step.Step),
                Bar(step),
                step.PerSecond is { } rate ? $"{Words.Number(rate)} {Markup.Escape(step.Unit)}/s" : "",
                step.Left is { } stepLeft ? Words.Time(stepLeft) : "",
                $"[grey]{Markup.Escape(Words.Figures(step.Figures.Take(ShownFigures)))}[/]");
        }

        return new Rows(new Markup(title), table);
    }

    private static string Bar(StepRow step)
    {
        var share = step.Length > 0 ? Math.Clamp((double)step.Position / step.Length, 0, 1) : 0;
        var full = (int)Math.Round(share * BarWidth);
        return string.Create(CultureInfo.InvariantCulture, $"[blue]{new string('━', full)}[/][grey]{new string('─', BarWidth - full)}[/] {100 * share:0} %");
    }
}
