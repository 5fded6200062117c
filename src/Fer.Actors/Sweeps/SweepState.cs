using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

public enum SweepStatus
{
    Queued,
    Running,
    Paused,
    Completed,
    Cancelled,
}

/// <summary>What a sweep knows of one of its trials. Values and reports in the objective's own direction.</summary>
/// <param name="Number">From 1.</param>
public sealed record TrialState(int Number, ImmutableSortedDictionary<string, string> Values, DateTimeOffset Planned)
{
    public TrialStatus Status { get; init; } = TrialStatus.Running;

    /// <summary>From 1; each is a run of its own.</summary>
    public int Attempt { get; init; } = 1;

    public ImmutableArray<RungValue> Reports { get; init; } = [];

    /// <summary>Where it waits, or the last rung at which it was let on.</summary>
    public int Judged { get; init; }

    /// <summary>Pruned; its run is being ended.</summary>
    public bool Doomed { get; init; }

    public double? Value { get; init; }

    public string Reason { get; init; } = "";

    public double DeviceSeconds { get; init; }

    /// <summary>So many steps of its run were done, known once it is over.</summary>
    public int Steps { get; init; }

    /// <summary>Of which so many were there already.</summary>
    public int Reused { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public bool IsOver => Status is TrialStatus.Completed or TrialStatus.Pruned or TrialStatus.Failed or TrialStatus.Cancelled;
}

/// <summary>Everything a sweep knows, a fold of its journal.</summary>
public sealed record SweepState
{
    public static SweepState Empty { get; } = new();

    public string SweepId { get; init; } = "";

    /// <summary>Null before its first event.</summary>
    public SweepSpec? Spec { get; init; }

    public string Version { get; init; } = "";

    public SweepStatus Status { get; init; } = SweepStatus.Queued;

    public string Reason { get; init; } = "";

    /// <summary>Why no further trial is planned; empty: there may be more.</summary>
    public string Filled { get; init; } = "";

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? LastEventAt { get; init; }

    /// <summary>The kind of slot that all trials keep to; null: none yet, or any.</summary>
    public Fingerprint? Slot { get; init; }

    public ImmutableArray<SweepClaimed> Claims { get; init; } = [];

    /// <summary>By number; trial n stands at n - 1.</summary>
    public ImmutableList<TrialState> Trials { get; init; } = [];

    /// <summary>Trials that are not over, and do not wait.</summary>
    public ImmutableSortedSet<int> Active { get; init; } = [];

    public ImmutableSortedSet<int> Waiting { get; init; } = [];

    /// <summary>Those of the active trials that stand until there is room for them: the sweep was paused, a person had them tried again, or their room was given to others while they waited.</summary>
    public ImmutableSortedSet<int> Standing { get; init; } = [];

    /// <summary>Active trials that take room.</summary>
    public int Running => Active.Count - Standing.Count;

    public double DeviceSeconds { get; init; }

    /// <summary>Tries at steps that are in it, with the seconds that were counted for whichever trial.</summary>
    public ImmutableSortedDictionary<string, double> Counted { get; init; } = DeviceTime.None;

    /// <summary>Somebody is to be told of the sweep. What was before that, or before journals said so, is told nobody: others may have been told of it.</summary>
    public bool IsHeard { get; init; }

    /// <summary>What the webhook has not taken yet, oldest first.</summary>
    public ImmutableArray<HookMessage> Untold { get; init; } = [];

    /// <summary>How much there was to tell so far; numbers it.</summary>
    public int Messages { get; init; }

    /// <summary>Grows with all that a pruner may decide by.</summary>
    public int News { get; init; }

    public int? Best { get; init; }

    public bool IsOver => Status is SweepStatus.Completed or SweepStatus.Cancelled;

    public TrialState Trial(int number) => Trials[number - 1];

    /// <summary>Steps that were done for trials that are over, and how many of them were there already.</summary>
    public (int Steps, int Reused) Work => Trials.Aggregate((Steps: 0, Reused: 0), (sum, t) => (sum.Steps + t.Steps, sum.Reused + t.Reused));

    /// <summary>The best trial that completed, with its value.</summary>
    public TrialState? BestTrial => Best is { } b ? Trial(b) : null;

    /// <summary>The id of the run that a trial is.</summary>
    public static string RunIdOf(string sweep, int trial, int attempt) => FormattableString.Invariant($"{sweep}-{trial:0000}") + (attempt == 1 ? "" : FormattableString.Invariant($"-{attempt}"));

    public string RunIdOf(TrialState trial) => RunIdOf(SweepId, trial.Number, trial.Attempt);

    public SweepState Apply(ISweepEvent e)
    {
        var next = e switch
        {
            SweepStarted s => this with { SweepId = s.SweepId, Spec = Json.Read<SweepSpec>(s.Spec), Version = s.Version, StartedAt = s.At, Status = SweepStatus.Running },
            SweepClaimed c => this with { Claims = Claims.Add(c), IsHeard = IsHeard || c.IsHeard },
            SweepPinned p => this with { Slot = p.Slot },
            TrialPlanned p => this with { Trials = Trials.Add(new TrialState(p.Trial, p.Values, p.At)), Active = Active.Add(p.Trial) },
            TrialReported r => On(r.Trial, t => t with { Reports = t.Reports.Add(new RungValue(r.Rung, r.Value)) }) with { News = News + 1 },
            TrialJudged { Answer: "wait" } j => On(j.Trial, t => t with { Status = TrialStatus.Waiting, Judged = j.Rung }) with { Active = Active.Remove(j.Trial), Standing = Standing.Remove(j.Trial), Waiting = Waiting.Add(j.Trial) },
            TrialJudged { Answer: "go-on" } j => On(j.Trial, t => t with { Status = TrialStatus.Running, Judged = j.Rung }) with { Active = Active.Add(j.Trial), Waiting = Waiting.Remove(j.Trial) },
            TrialJudged j => On(j.Trial, t => t with { Judged = j.Rung, Doomed = true }),
            TriesCounted c => this with { Counted = Counted.SetItems(c.Seconds.Select(t => KeyValuePair.Create(t.Key, t.Value + Counted.GetValueOrDefault(t.Key)))) },
            TrialEnded { Status: "failed" } d => OnEnded(d).ToTell("failed", d.Trial, d.Reason),
            TrialEnded d => OnEnded(d),
            TrialRetried r => On(r.Trial, t => t with { Status = TrialStatus.Running, Attempt = r.Attempt, Ended = null, Steps = 0, Reused = 0, Reason = "", Reports = [], Judged = 0, Doomed = false, Value = null, DeviceSeconds = t.DeviceSeconds + r.DeviceSeconds }) with { Active = Active.Add(r.Trial), Standing = r.By == "user" || Waiting.Contains(r.Trial) ? Standing.Add(r.Trial) : Standing, Waiting = Waiting.Remove(r.Trial), News = News + 1, DeviceSeconds = DeviceSeconds + r.DeviceSeconds, Status = Status == SweepStatus.Completed ? SweepStatus.Running : Status, EndedAt = null },
            TrialLetOn l => this with { Standing = Standing.Remove(l.Trial) },
            SweepPaused p => this with { Status = SweepStatus.Paused, Reason = p.Reason, Standing = Active },
            SweepResumed r => this with { Status = SweepStatus.Running, Reason = "", Standing = r.OneByOne ? Standing : [] },
            SweepFilled f => this with { Filled = f.Because },
            SweepCancelled c => (this with { Status = SweepStatus.Cancelled, EndedAt = c.At }).ToTell("done", null, "cancelled"),
            SweepCompleted c => (this with { Status = SweepStatus.Completed, EndedAt = c.At }).ToTell("done", null, "completed"),
            SweepStalled s => ToTell("stalled", null, FormattableString.Invariant($"no trial has come forward since {s.Since:O}")),
            WebhookTold w => this with { Untold = Untold.RemoveAll(m => m.Id == w.Id) },
            _ => throw new InvalidOperationException($"SweepState does not know {e.GetType().Name}."),
        };
        return e is SweepStalled or WebhookTold ? next : next with { LastEventAt = e.At };
    }

    private SweepState ToTell(string what, int? trial, string reason) =>
        this with { Messages = Messages + 1, Untold = IsHeard ? Untold.Add(new HookMessage(FormattableString.Invariant($"{SweepId}/{Messages + 1}"), what, trial, reason)) : Untold };

    private SweepState On(int trial, Func<TrialState, TrialState> change) => this with { Trials = Trials.SetItem(trial - 1, change(Trial(trial))) };

    private SweepState OnEnded(TrialEnded e)
    {
        var next = On(e.Trial, t => t with
        {
            Status = StatusOf(e.Status), Value = e.Value, Reason = e.Reason, Ended = e.At, DeviceSeconds = t.DeviceSeconds + e.DeviceSeconds, Steps = e.Steps, Reused = e.Reused,
        }) with
        {
            Active = Active.Remove(e.Trial), Standing = Standing.Remove(e.Trial), Waiting = Waiting.Remove(e.Trial), DeviceSeconds = DeviceSeconds + e.DeviceSeconds, News = News + 1,
        };
        return e is { Status: "completed", Value: { } value } && (BestTrial is not { Value: { } best } || IsBetter(value, best)) ? next with { Best = e.Trial } : next;
    }

    private bool IsBetter(double value, double than) => Spec!.Minimize ? value < than : value > than;

    public static string WordOf(TrialStatus status) => status.ToString().ToLowerInvariant();

    private static TrialStatus StatusOf(string word) => word switch
    {
        "completed" => TrialStatus.Completed,
        "pruned" => TrialStatus.Pruned,
        "cancelled" => TrialStatus.Cancelled,
        _ => TrialStatus.Failed,
    };
}
