using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Reports;

namespace Fer.Host.Hosting;

/// <summary>
/// A run in short, as <c>fer status --json</c> prints it. Names and meaning of what is here stay; a value that is not known yet is
/// null and its key is there all the same. Rates are 0 … 1, differences too.
/// </summary>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>paused</c>, <c>interrupted</c> (it should run and no process holds it), <c>completed</c>, <c>failed</c>, <c>cancelled</c>.</param>
/// <param name="Reason">Why it is paused or failed; else null.</param>
/// <param name="Round">The latest round of which a step was started; 0 before the first.</param>
/// <param name="Arms">Means over seeds on the test set.</param>
/// <param name="Restarts">How often another process went on with the run after the first.</param>
/// <param name="StepsPassedOn">How often a step of it went on with another worker: its host fell silent or gave it back, or its worker was lost.</param>
public sealed record RunSummary(string RunId, string State, string? Reason, int Round, ArmsSummary Arms, FinalSummary Final, KeptSummary Kept, int Restarts, int StepsPassedOn, DateTimeOffset? StartedAt, DateTimeOffset? LastEventAt)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        // Class names may be in any script.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="runId">The run.</param>
    /// <param name="run">Its state; null when its journal holds nothing yet.</param>
    /// <param name="held">Whether a process has it now.</param>
    public static RunSummary Of(string runId, RunState? run, bool held)
    {
        var state = run ?? RunState.Empty;
        return new RunSummary(
            runId,
            Word(state.Status, held),
            state.Reason.Length > 0 ? state.Reason : null,
            state.Round(),
            new ArmsSummary(Arm(state, Names.Real), Arm(state, Names.Control), Arm(state, Names.Refined))
            {
                Unfiltered = ArmOrNone(state, Names.Unfiltered), RefinedHard = ArmOrNone(state, Names.RefinedHard), RefinedSoft = ArmOrNone(state, Names.RefinedSoft), Oracle = ArmOrNone(state, Names.Oracle),
            },
            new FinalSummary(VsControl(state), state.Completed(Names.Classify(Names.Refined, 0))?.Files.GetValueOrDefault("weights"), GeneratorHash(state)),
            KeptOf(state),
            state.Restarts,
            state.StepsPassedOn,
            state.StartedAt,
            state.LastEventAt);
    }

    public static string ToJson(RunSummary run) => JsonSerializer.Serialize(run, Options);

    public static string ToJson(IEnumerable<RunSummary> runs) => JsonSerializer.Serialize(runs.ToArray(), Options);

    private static string Word(RunStatus status, bool held) => status switch
    {
        RunStatus.Queued => held ? "queued" : "interrupted",
        RunStatus.Running => held ? "running" : "interrupted",
        RunStatus.Paused => "paused",
        RunStatus.Completed => "completed",
        RunStatus.Failed => "failed",
        _ => "cancelled",
    };

    private static ArmSummary Arm(RunState state, string arm) =>
        new(Figure(state, arm + ".accuracy"), Figure(state, arm + ".macroF1"), Figure(state, arm + ".auroc"));

    private static ArmSummary? ArmOrNone(RunState state, string arm) => state.Result(arm + ".accuracy") is null ? null : Arm(state, arm);

    private static VsControlSummary VsControl(RunState state) =>
        new(Figure(state, "vsControl.delta"), Figure(state, "vsControl.low"), Figure(state, "vsControl.high"), state.VerdictWord());

    // JSON has no NaN: a figure that could not be computed is as good as none.
    private static double? Figure(RunState state, string name) => state.Result(name) is { } value && double.IsFinite(value) ? value : null;

    private static KeptSummary KeptOf(RunState state)
    {
        var byClass = state.KeptByClass().ToImmutableSortedDictionary(StringComparer.Ordinal);
        return new KeptSummary(byClass.Values.Sum(), byClass);
    }

    /// <summary>SHA-256 (hex) over <c>NAME=HASH</c> lines of the last round whose generators are all trained.</summary>
    private static string? GeneratorHash(RunState state)
    {
        var last = state.Rounds().Select(r => state.Gans(r)).LastOrDefault(g => g.Count > 0 && g.All(s => s.Step.Status == StepStatus.Completed));
        if (last is null)
        {
            return null;
        }

        var lines = last.OrderBy(g => g.Generator, StringComparer.Ordinal).Select(g => $"{g.Generator}={g.Step.Files.GetValueOrDefault("generator")}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }
}

/// <summary>The arms; those beyond the first three are null where a run has none.</summary>
public sealed record ArmsSummary(ArmSummary Real, ArmSummary Control, ArmSummary Refined)
{
    public ArmSummary? Unfiltered { get; init; }

    public ArmSummary? RefinedHard { get; init; }

    public ArmSummary? RefinedSoft { get; init; }

    public ArmSummary? Oracle { get; init; }

    /// <summary>Those there are, by name, in the order of reports.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<(string Name, ArmSummary Arm)> All =>
        ((string, ArmSummary?)[])[(Names.Real, Real), (Names.Control, Control), (Names.Unfiltered, Unfiltered), (Names.Refined, Refined), (Names.RefinedHard, RefinedHard), (Names.RefinedSoft, RefinedSoft), (Names.Oracle, Oracle)]
        is var all ? all.Where(a => a.Item2 is not null).Select(a => (a.Item1, a.Item2!)) : [];
}

public sealed record ArmSummary(double? Accuracy, double? MacroF1, double? Auroc);

/// <param name="ClassifierSha256">Hash of the refined arm's first classifier.</param>
/// <param name="GeneratorSha256">Hash over the last round's generators.</param>
public sealed record FinalSummary(VsControlSummary VsControl, string? ClassifierSha256, string? GeneratorSha256);

/// <summary>Macro F1 of refined less that of control, with its interval.</summary>
/// <param name="Verdict"><c>better</c>, <c>worse</c>, <c>equivalent</c>, <c>undecided</c>.</param>
public sealed record VsControlSummary(double? Delta, double? Low, double? High, string? Verdict);

public sealed record KeptSummary(int Total, ImmutableSortedDictionary<string, int> ByClass);
