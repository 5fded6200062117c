using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Serilog.Core;

namespace Fer.Host.Hosting;

/// <summary>A run's events in a log's words; those about a step carry Step, Round, Class and Device.</summary>
internal sealed class RunEventLog(Serilog.ILogger logger) : IRunObserver
{
    /// <summary>The source under which events of a run are logged; a view shows these by itself.</summary>
    public const string Source = "Fer.Run";

    private readonly Serilog.ILogger events = logger.ForContext(Constants.SourceContextPropertyName, Source);
    private readonly HashSet<string> moving = [];

    public void OnEvent(IRunEvent e, RunState state)
    {
        var words = EventWords.Of(e, state);
        if (e is StepStarted started)
        {
            moving.Remove(started.Spec.Name);
        }

        if (!events.IsEnabled(words.Level))
        {
            return;
        }

        About(words.Step, words.Device).Write(words.Level, words.Template, words.Values);
    }

    /// <summary>The first movement of a step since it started: from here on it computes, where its start only says that it was placed.</summary>
    public void OnLive(LiveStep step)
    {
        if (moving.Add(step.Step))
        {
            About(step.Step, step.Device).Information("{Step} moves: {Position} of {Length} {Unit}", step.Step, step.Position, step.Length, step.Unit);
        }
    }

    private Serilog.ILogger About(string? step, string? device)
    {
        var log = events;
        if (step is not null)
        {
            var place = StepPlace.Of(step);
            log = log.ForContext("Step", step).ForContext("Round", place.Round).ForContext("Class", place.Class);
        }

        return device is null ? log : log.ForContext("Device", device);
    }
}
