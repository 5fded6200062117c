using System.Globalization;

namespace Fer.Host.Live;

/// <summary>For logs and pipes: a line for each event, and every ten seconds one for each step that runs.</summary>
internal sealed class PlainView(TextWriter writer, RunProgress progress, Forecast forecast, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    /// <summary>Writes until <paramref name="done"/> is cancelled and everything is written.</summary>
    public async Task RunAsync(CancellationToken done)
    {
        var last = clock.GetTimestamp();
        while (!done.IsCancellationRequested)
        {
            await Task.Delay(Look, clock, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Lines();
            if (clock.GetElapsedTime(last) >= Between)
            {
                last = clock.GetTimestamp();
                Progress();
            }
        }

        Lines();
    }

    private void Lines()
    {
        foreach (var line in progress.TakeLines())
        {
            writer.WriteLine($"{clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");
        }
    }

    private void Progress()
    {
        var view = progress.Look();
        foreach (var step in view.Steps)
        {
            writer.WriteLine($"{clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}   {Line(step)}");
        }

        if (forecast.Left(view) is { } left)
        {
            writer.WriteLine($"{clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}   {left} left of the whole run");
        }
    }

    internal static string Line(StepRow step)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{step.Step} on {step.Device}: {step.Position} of {step.Length} {step.Unit}");
        if (step.PerSecond is { } rate)
        {
            text += $", {Words.Number(rate)} a second";
        }

        if (step.Left is { } left)
        {
            text += $", {Words.Time(left)} left";
        }

        return step.Figures.Count > 0 ? $"{text}; {Words.Figures(step.Figures)}" : text;
    }
}
