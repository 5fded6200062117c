using System.Globalization;
using System.Text.RegularExpressions;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Serilog.Events;

namespace Fer.Host.Hosting;

/// <summary>An event of a run as a sentence for people and as a template with values for logs: one text for both.</summary>
/// <param name="Template">Names in braces, in the order of <paramref name="Values"/>.</param>
/// <param name="Step">The step it is about; null when it is about the run.</param>
public sealed partial record EventWords(LogEventLevel Level, string Template, object[] Values, string? Step = null, string? Device = null)
{
    /// <summary>Whether a person who watches wants to see it; what is not goes to the log alone.</summary>
    public bool IsNews => Level >= LogEventLevel.Information;

    /// <summary>The sentence, with the values in their places.</summary>
    public string Sentence
    {
        get
        {
            var next = 0;
            return Hole().Replace(Template, _ => Convert.ToString(Values[next++], CultureInfo.InvariantCulture) ?? "");
        }
    }

    /// <param name="e">What happened.</param>
    /// <param name="state">The run after it.</param>
    public static EventWords Of(IRunEvent e, RunState state) => e switch
    {
        RunStarted s => Info("Run {Run} begins", s.RunId),
        RunForked f => Info("The run goes on from round {Round} of {From}: {Count} steps are taken over", f.Round, f.From, f.Steps.Length),
        Claimed { Number: 1 } => new(LogEventLevel.Debug, "The run is this process's", []),
        Claimed c => Info("The run goes on in process {Process} on {Machine}; it is its {Incarnation}. process", c.ProcessId, c.Host, c.Number),
        FingerprintAccepted => Warn("The run goes on under another fingerprint: its bits may differ from here on"),
        StepStarted { Device: Attempt.Nowhere } s => Info("{Step} was there already: nothing to compute", s.Spec.Name) with { Step = s.Spec.Name },
        StepStarted s => Info(s switch
        {
            { From: > 0 } => "{Step} goes on from {From} on {Device}",
            { Attempt: > 1 } => "{Step} starts again on {Device}",
            _ => "{Step} starts on {Device}",
        }, s.From > 0 ? [s.Spec.Name, s.From, s.Device] : [s.Spec.Name, s.Device]) with { Step = s.Spec.Name, Device = s.Device },
        StepCheckpointed c => new(LogEventLevel.Debug, "{Step} is saved at {Position} of {Length}", [c.Step, c.Position, c.Length], c.Step, DeviceOf(state, c.Step)),
        CheckpointDamaged d => Warn("A checkpoint of {Step} is damaged ({Reason}); the one before it is used", d.Step, d.Reason) with { Step = d.Step },
        StepAdjusted a => Warn("{Step} is changed from {From} on: {Reason}", a.Step, a.Adjustment.From, a.Reason) with { Step = a.Step },
        StepFailed f => Warn("{Step} failed on {Device} ({Fault}): {Message}", f.Step, f.Device, f.Fault, f.Message) with { Step = f.Step, Device = f.Device },
        StepCompleted c => Completed(c, state),
        StepReopened r => Warn("A file of {Step} is damaged ({Reason}): the step is done again", r.Step, r.Reason.TrimEnd('.')) with { Step = r.Step },
        StepShared s => Info("{Step} is {From} once more: nothing to compute", s.Spec.Name, s.From) with { Step = s.Spec.Name },
        WorkerRestarted w => Warn("The worker of {Device} was started again: {Reason}", w.Device, w.Reason) with { Device = w.Device },
        StepLeft l => Warn("{Step} is left by {Device} ({Reason}): another goes on", l.Step, l.Device, l.Reason) with { Step = l.Step, Device = l.Device },
        ArtifactsRetired r => new(LogEventLevel.Debug, "{Count} files are no longer needed", [r.Artifacts.Length]),
        Decided d => Info("{Question}: {Answer}, because {Because}", d.Question, d.Answer, d.Because.TrimEnd('.')),
        RunPaused p => p.By == "user" ? Info("The run is paused: {Reason}", p.Reason) : Warn("The run is paused: {Reason}", p.Reason),
        RunResumed => Info("The run goes on"),
        RunCancelled => Info("The run is cancelled"),
        RunFailed f => new(LogEventLevel.Error, "The run has failed: {Reason}", [f.Reason]),
        RunCompleted => Info("The run is complete"),
        _ => Info("{Event}", e.GetType().Name),
    };

    private static EventWords Completed(StepCompleted c, RunState state)
    {
        var step = state.Steps[c.Step];
        var seconds = step.Attempts.IsEmpty ? 0 : ((step.Attempts[^1].Ended ?? c.At) - step.Attempts[^1].Started).TotalSeconds;
        var figures = Figures(c);
        if (step.WasThere)
        {
            return Info(figures.Length > 0 ? "{Step} is done: {Figures}" : "{Step} is done", figures.Length > 0 ? [c.Step, figures] : [c.Step]) with { Step = c.Step };
        }

        return Info(figures.Length > 0 ? "{Step} is done after {Seconds} s: {Figures}" : "{Step} is done after {Seconds} s",
            figures.Length > 0 ? [c.Step, Math.Round(seconds, 1), figures] : [c.Step, Math.Round(seconds, 1)]) with { Step = c.Step, Device = DeviceOf(state, c.Step) };
    }

    // A handful of figures at most: a verdict's dozens stand in the table at the end.
    private static string Figures(StepCompleted c) => c.Figures.Count > 6
        ? ""
        : string.Join(", ", c.Figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value:0.####}")));

    private static string? DeviceOf(RunState state, string step) => state.Steps.GetValueOrDefault(step)?.Attempts.LastOrDefault()?.Device;

    private static EventWords Info(string template, params object[] values) => new(LogEventLevel.Information, template, values);

    private static EventWords Warn(string template, params object[] values) => new(LogEventLevel.Warning, template, values);

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Hole();
}
