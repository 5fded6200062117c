using System.Globalization;
using System.Text.RegularExpressions;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Serilog.Core;
using Serilog.Events;

namespace Fer.Host.Hosting;

/// <summary>A sweep's events in a log's words; each with its name as Event; those about a trial carry Trial and RunId.</summary>
internal sealed partial class SweepEventLog(Serilog.ILogger logger) : ISweepObserver
{
    private readonly Serilog.ILogger events = logger.ForContext(Constants.SourceContextPropertyName, RunEventLog.Source);

    public void OnEvent(ISweepEvent e, SweepState state)
    {
        var (level, trial, template, values) = Words(e, state);
        if (!events.IsEnabled(level))
        {
            return;
        }

        var named = events.ForContext(LogNames.Event, e.GetType().Name);
        var log = trial is { } number ? named.ForContext(LogNames.Trial, number).ForContext(LogNames.RunId, state.RunIdOf(state.Trial(number))) : named;
        log.Write(level, template, values);
    }

    /// <summary>An event in a sentence.</summary>
    public static string Sentence(ISweepEvent e, SweepState state)
    {
        var (_, _, template, values) = Words(e, state);
        var next = 0;
        return Hole().Replace(template, _ => Convert.ToString(values[next++], CultureInfo.InvariantCulture) ?? "");
    }

    private static (LogEventLevel Level, int? Trial, string Template, object?[] Values) Words(ISweepEvent e, SweepState state) => e switch
    {
        SweepStarted s => (LogEventLevel.Information, null, "Sweep begins: {Sampler} over {Axes} settings for {Objective}", [state.Spec!.Sampler, state.Spec.Space.Axes.Length, state.Spec.Objective]),
        SweepClaimed c => (LogEventLevel.Information, null, "Coordinator {Number} on {Holder} has the sweep", [c.Number, c.Host]),
        SweepPinned p => (LogEventLevel.Information, null, "All trials keep to slots of kind {Slot}", [p.Slot.Digest[..8]]),
        TrialPlanned p => (LogEventLevel.Information, p.Trial, "Trial {Number} is planned: {Values}", [p.Trial, string.Join(", ", p.Values.Select(v => $"{v.Key}={v.Value}"))]),
        TrialReported r => (LogEventLevel.Information, r.Trial, "Trial {Number} is at rung {Rung} with {Value}", [r.Trial, r.Rung, Round(r.Value)]),
        TrialJudged j => (LogEventLevel.Information, j.Trial, j.Answer switch
        {
            "wait" => "Trial {Number} waits at rung {Rung}: others are better so far",
            "end" => "Trial {Number} ends at rung {Rung}: others are better",
            _ => "Trial {Number} goes on from rung {Rung}",
        }, [j.Trial, j.Rung]),
        TriesCounted c => (LogEventLevel.Debug, c.Trial, "Slots were busy for {Seconds} s with trial {Number}, in {Tries} tries that no other counts", [Math.Round(c.Seconds.Values.Sum(), 1), c.Trial, c.Seconds.Count]),
        TrialEnded { Status: "failed" } d => (LogEventLevel.Error, d.Trial, "Trial {Number} has failed: {Reason}", [d.Trial, d.Reason]),
        TrialEnded { Reused: > 0 } d => (LogEventLevel.Information, d.Trial, "Trial {Number} is {Status}: {Value}; {Reused} of {Steps} steps were there already", [d.Trial, d.Status, d.Value is { } v ? Round(v) : d.Reason, d.Reused, d.Steps]),
        TrialEnded d => (LogEventLevel.Information, d.Trial, "Trial {Number} is {Status}: {Value}", [d.Trial, d.Status, d.Value is { } v ? Round(v) : d.Reason]),
        TrialRetried r => (LogEventLevel.Warning, r.Trial, "Trial {Number} is tried again, attempt {Attempt}: {Reason}", [r.Trial, r.Attempt, r.Reason]),
        TrialLetOn l => (LogEventLevel.Information, l.Trial, "Trial {Number} goes on: there is room for it", [l.Trial]),
        SweepPaused p => (LogEventLevel.Information, null, "Sweep is paused: {Reason}", [p.Reason]),
        SweepResumed => (LogEventLevel.Information, null, "Sweep goes on", []),
        SweepFilled f => (LogEventLevel.Information, null, "All trials are planned, {Planned}: {Because}", [state.Trials.Count, f.Because switch { "trials" => "as many as were asked for", "device-hours" => "the device hours are used up", _ => "every point" }]),
        SweepStalled s => (LogEventLevel.Warning, null, "No trial has come forward since {Since}", [s.Since]),
        WebhookTold { Outcome: "told" } w => (LogEventLevel.Information, null, "The webhook has taken message {Id}", [w.Id]),
        WebhookTold w => (LogEventLevel.Warning, null, "The webhook has not taken message {Id} in {Tries} tries: {Reason}", [w.Id, w.Tries, w.Reason]),
        SweepCancelled => (LogEventLevel.Information, null, "Sweep is cancelled", []),
        SweepCompleted c => (LogEventLevel.Information, null, "Sweep is done; the best trial is {Best} with {Value}", [c.Best, c.Value is { } v ? Round(v) : null]),
        _ => throw new InvalidOperationException($"A log has no words for {e.GetType().Name}."),
    };

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Hole();

    private static string Round(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
