using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Runs;

/// <summary>
/// A run of three steps as its supervisor would write it down, driven by numbers: each starts, moves, saves, damages,
/// breaks or ends something, kills the process, or pauses the run, where that is possible just then.
/// </summary>
internal sealed class SupervisedRun
{
    public const int MaxRollbacks = 3;
    private const int RollbackUnits = 5;
    private const int Length = 100;

    private static readonly string[] Names = ["both", "left", "right"];

    private readonly StepPolicy policy = new(MaxRollbacks, RollbackUnits, MaxRetries: 3, TimeSpan.FromSeconds(1));
    private readonly Dictionary<string, long> running = [];
    private DateTimeOffset now = DateTimeOffset.UnixEpoch;
    private int artifacts;

    public SupervisedRun()
    {
        Write(new RunStarted(now, "run", "chain", "40", Fingerprint, ImmutableSortedDictionary<string, string>.Empty.Add("train", "in-1"), "0.1.0"), Claim(1));
    }

    public static Fingerprint Fingerprint { get; } = new(ImmutableSortedDictionary<string, string>.Empty.Add("device", "cpu"));

    public RunState State { get; private set; } = RunState.Empty;

    public List<IRunEvent> Events { get; } = [];

    /// <summary>Is told the state after each write.</summary>
    public Action<RunState>? AfterWrite { get; set; }

    public static StepSpec Spec(string name) => new(name, "chain", 1, ImmutableSortedDictionary<string, string>.Empty, "40", name.Length);

    public SupervisedRun Do(IEnumerable<byte> choices)
    {
        foreach (var choice in choices.TakeWhile(_ => !State.IsOver))
        {
            now = now.AddSeconds(1);
            Do(choice % 15, Names[choice / 15 % 3]);
        }

        return this;
    }

    private void Do(int what, string name)
    {
        var step = State.Steps.GetValueOrDefault(name);
        var at = running.GetValueOrDefault(name, -1);
        switch (what)
        {
            case 0 or 1 or 2 when at < 0 && step?.Status != StepStatus.Completed:
                Start(name, step, damaged: what == 2);
                break;
            case 3 or 4 or 5 when at >= 0:
                running[name] = Math.Min(Length, at + what * 3);
                break;
            case 6 when at >= 0 && at > (step!.Checkpoints.LastOrDefault()?.Position ?? 0) && at < Length:
                Write(new StepCheckpointed(now, name, at, Length, $"checkpoint-{++artifacts}"));
                break;
            case 7 when at >= 0:
                Fail(name, step!, "non-finite", at);
                break;
            case 8 when at >= 0:
                Fail(name, step!, at % 2 == 0 ? "io" : "out-of-memory", at);
                break;
            case 9 when at >= 0:
                running.Remove(name);
                Write(new StepCompleted(now, name, ImmutableSortedDictionary<string, string>.Empty.Add("chain", $"made-{name}"), ImmutableSortedDictionary<string, double>.Empty.Add("first", at)));
                CompleteIfAllAre();
                break;
            case 10:
                GoOn();
                break;
            case 11:
                Write(new RunPaused(now, "user", "asked for"));
                GoOn();
                break;
            case 12 when step is null && State.Steps.Values.FirstOrDefault(s => s.Status == StepStatus.Completed) is { } twin:
                Write(new StepShared(now, Spec(name), twin.Hash, twin.Spec.Name));
                CompleteIfAllAre();
                break;
            case 14 when at >= 0:
                running.Remove(name);
                Write(new StepLeft(now, name, "b/cpu:0", "it fell silent"));
                break;
            case 13 when step?.Status == StepStatus.Completed:
                Write(new StepReopened(now, name, step.Files["chain"], "it is cut"));
                break;
        }
    }

    private void CompleteIfAllAre()
    {
        if (Names.All(n => State.Completed(n) is not null))
        {
            Write(new RunCompleted(now, ImmutableSortedDictionary<string, double>.Empty));
        }
    }

    private void Start(string name, StepState? step, bool damaged)
    {
        if (policy.Next(step).GiveUp is { } reason)
        {
            Write(new RunPaused(now, "fault", reason));
            GoOn();
            return;
        }

        if (damaged && step is { Checkpoints.IsEmpty: false })
        {
            Write(new CheckpointDamaged(now, name, step.Checkpoints[^1].Artifact, "cut"));
        }

        var from = State.Steps.GetValueOrDefault(name)?.Checkpoints.LastOrDefault()?.Position ?? 0;
        Write(new StepStarted(now, Spec(name), $"hash-{name}", "cpu:0", (step?.Attempts.Length ?? 0) + 1, from));
        running[name] = from;
    }

    private void Fail(string name, StepState step, string fault, long at)
    {
        running.Remove(name);
        Write([new StepFailed(now, name, "cpu:0", fault, "it broke", step.Attempts.Length), .. policy.Changes(step, name, fault, at, now)]);
    }

    // Another process, or the same one after its journal let it down.
    private void GoOn()
    {
        running.Clear();
        var claim = Claim(State.Claims.Length + 1);
        Write(State.Status == RunStatus.Paused ? [claim, new RunResumed(now)] : [claim]);
    }

    private Claimed Claim(int number) => new(now, number, "lab", 4000 + number);

    private void Write(params IEnumerable<IRunEvent> events)
    {
        foreach (var e in Retirement.With(State, [.. events], now))
        {
            Events.Add(e);
            State = State.Apply(e);
        }

        AfterWrite?.Invoke(State);
    }
}
