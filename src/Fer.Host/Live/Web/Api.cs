using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;

namespace Fer.Host.Live.Web;

/// <summary>What the pages show, as JSON. Names and meaning of what is here stay; what is not known is null and its key is there all the same.</summary>
internal static class Api
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public sealed record Sweep(string Id, string State, string? Reason, int Planned, int Running, int Waiting, int Completed, int Pruned, int Failed, int Cancelled, int? Best, double? Value, double DeviceSeconds, string? Filled, DateTimeOffset Submitted, string Submitter)
    {
        public static Sweep Of(SweepLine s) => Of(s, s.Summary);

        public static Sweep Of(SweepLine s, SweepSummary now) => new(
            s.Id, s.Status, Text(s.Reason), now.Planned, now.Running, now.Waiting, now.Completed, now.Pruned, now.Failed, now.Cancelled, now.Best, Finite(now.Value), now.DeviceSeconds, Text(now.Filled), s.Submitted, s.Submitter);
    }

    public sealed record Trial(int Number, string RunId, string State, int Attempt, double? Value, ImmutableSortedDictionary<string, string> Values, IEnumerable<Report> Reports, double DeviceSeconds, DateTimeOffset Planned, DateTimeOffset? Ended, string? Reason)
    {
        public static Trial Of(SweepState sweep, TrialState t) => new(
            t.Number, sweep.RunIdOf(t), SweepState.WordOf(t.Status), t.Attempt, Finite(t.Value), t.Values, t.Reports.Select(r => new Report(r.Rung, Finite(r.Value))), t.DeviceSeconds, t.Planned, t.Ended, Text(t.Reason));
    }

    public sealed record Report(int Rung, double? Value);

    public sealed record SweepDetail(Sweep Sweep, string? Sampler, string? Objective, bool? Minimize, int? MostTrials, double? MostDeviceHours, int? Parallel, IEnumerable<string> Axes, int Matching, int Page, int Pages, IEnumerable<Trial> Trials)
    {
        public static SweepDetail Of(SweepLook look, TrialQuery query)
        {
            var (state, table) = (look.State, TrialTable.Of(look.State, query));
            return new SweepDetail(
                look.Sequence == 0 ? Sweep.Of(look.Row) : Sweep.Of(look.Row, SweepSummary.Of(state)), state.Spec?.Sampler, state.Spec?.Objective, state.Spec?.Minimize, state.Spec?.Trials, state.Spec?.DeviceHours, state.Spec?.Parallel,
                (state.Spec?.Space.Axes ?? []).Select(a => a.Key), table.Matching, table.Page, table.Pages, table.Rows.Select(t => Trial.Of(state, t)));
        }
    }

    public sealed record Run(string Id, string Job, string State, string? Wish, string? Reason, int Priority, string? Sweep, int? Trial, int? Attempt, DateTimeOffset Submitted, DateTimeOffset? Ended, string Submitter)
    {
        public static Run Of(RunLine r) => new(r.Id, r.Job, r.Status, Text(r.Wish), Text(r.Reason), r.Priority, Text(r.Sweep), r.Sweep.Length > 0 ? r.Trial : null, r.Sweep.Length > 0 ? r.Attempt : null, r.Submitted, r.Ended, r.Submitter);
    }

    public sealed record Step(string Name, string Hash, string State, string? Host, string? Device, long? Position, long? Length, string? Unit, int Attempts, DateTimeOffset? Begun, DateTimeOffset? Ended)
    {
        public static Step Of(StepState s, SlotUse? use) => new(
            s.Spec.Name, s.Hash, s.Status == StepStatus.Started && use is null ? "open" : use is not null ? "running" : s.Status.ToString().ToLowerInvariant(), use?.Host, use?.Device ?? s.Attempts.LastOrDefault()?.Device,
            use?.Position, use?.Length, use?.Unit, s.Attempts.Length, s.Attempts.FirstOrDefault()?.Started, s.Attempts.LastOrDefault()?.Ended);
    }

    public sealed record Event(DateTimeOffset At, string Level, string Sentence, string? Step, string? Device);

    public sealed record RunDetail(Run Run, RunSummary? Summary, IEnumerable<Step> Steps, IEnumerable<Event> Events)
    {
        public static RunDetail Of(RunLook look) => new(
            Run.Of(look.Row), look.State is null ? null : RunSummary.Of(look.Row.Id, look.State, held: true),
            (look.State?.Order ?? []).Select(n => look.State!.Steps[n]).Select(s => Step.Of(s, look.Uses.GetValueOrDefault(s.Hash))),
            look.Events.Select(e => new Event(e.At, e.Level.ToString().ToLowerInvariant(), e.Sentence, e.Step, e.Device)));
    }

    /// <summary>As <c>fer hosts --json</c> has it, and who wants the step.</summary>
    public sealed record Slot(string Host, string State, string Device, string Label, string? Step, string? Hash, long? Position, long? Length, string? Unit, DateTimeOffset? Since, ImmutableArray<string> Runs, long? OthersBytes)
    {
        public static Slot Of(SlotLine s) => new(s.Host, s.State, s.Device, s.Label, s.Use?.Step, s.Use?.Hash, s.Use?.Position, s.Use?.Length, s.Use?.Unit, s.Use?.Claimed, s.Runs, s.OthersBytes);
    }

    public sealed record Answer(string Sentence);

    private static string? Text(string text) => text.Length == 0 ? null : text;

    // JSON has no NaN: a figure that could not be computed is as good as none.
    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
