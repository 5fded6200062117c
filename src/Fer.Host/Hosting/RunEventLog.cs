using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Serilog.Core;

namespace Fer.Host.Hosting;

/// <summary>A run's events in a log's words, each with its name as Event; those about a step carry Step, Round, Class and Device.</summary>
/// <param name="clock">For tests; null: the system's.</param>
internal sealed class RunEventLog(Serilog.ILogger logger, TimeProvider? clock = null) : IRunObserver
{
    /// <summary>The source under which events of a run are logged; a view shows these by itself.</summary>
    public const string Source = "Fer.Run";

    /// <summary>Event of a line that says a step moves. It is in no journal.</summary>
    public const string StepMoved = nameof(StepMoved);

    /// <summary>So often a step that moves says so again: an alert on one that does not needs a line to miss.</summary>
    private static readonly TimeSpan MovesAgain = TimeSpan.FromMinutes(5);

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly Serilog.ILogger events = logger.ForContext(Constants.SourceContextPropertyName, Source);
    private readonly Dictionary<string, long> moved = new(StringComparer.Ordinal);

    public void OnEvent(IRunEvent e, RunState state)
    {
        var words = EventWords.Of(e, state);
        if (e is StepStarted started)
        {
            moved.Remove(started.Spec.Name);
        }

        if (!events.IsEnabled(words.Level))
        {
            return;
        }

        About(e.GetType().Name, words.Step, words.Device).Write(words.Level, words.Template, words.Values);
    }

    /// <summary>The first movement of a step since it started: from here on it computes, where its start only says that it was placed. Then one now and again.</summary>
    public void OnLive(LiveStep step)
    {
        var now = clock.GetTimestamp();
        if (!moved.TryGetValue(step.Step, out var last) || clock.GetElapsedTime(last, now) >= MovesAgain)
        {
            moved[step.Step] = now;
            About(StepMoved, step.Step, step.Device).Information("{Step} moves: {Position} of {Length} {Unit}", step.Step, step.Position, step.Length, step.Unit);
        }
    }

    private Serilog.ILogger About(string name, string? step, string? device)
    {
        var log = events.ForContext(LogNames.Event, name);
        if (step is not null)
        {
            var place = StepPlace.Of(step);
            log = log.ForContext("Step", step).ForContext("Round", place.Round).ForContext("Class", place.Class);
        }

        return device is null ? log : log.ForContext("Device", device);
    }
}
