using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Hosting;
using Serilog.Events;

namespace Fer.Host.Live.Web;

/// <summary>A slot of a host and what it computes.</summary>
/// <param name="State">Of its host: <c>there</c>, <c>draining</c>, <c>unheard</c> or <c>silent</c>.</param>
/// <param name="Runs">Who wants the step; equal steps of several runs are computed once.</param>
internal sealed record SlotLine(string Host, string Version, string State, string Device, string Label, SlotUse? Use, ImmutableArray<string> Runs);

/// <summary>What the first page shows.</summary>
/// <param name="At">When it was read.</param>
internal sealed record Overview(DateTimeOffset At, ImmutableArray<SweepLine> Sweeps, ImmutableArray<RunLine> Runs, ImmutableArray<SlotLine> Slots, ImmutableArray<HostRow> Hosts)
{
    /// <summary>Differs whenever the page does. How long a host has been silent is not shown, so it is left out.</summary>
    public string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes((object[])[Sweeps, Runs, Slots]))[..8]);
}

/// <summary>A sweep as its page shows it.</summary>
/// <param name="State">The fold of its journal; empty, but for the spec, until a coordinator has taken it up.</param>
/// <param name="Sequence">Of the last event in it.</param>
/// <param name="Latest">The last events, oldest first.</param>
internal sealed record SweepLook(SweepLine Row, SweepState State, long Sequence, ImmutableArray<ISweepEvent> Latest)
{
    /// <summary>False: the rest of its journal is still being read.</summary>
    public bool IsWhole { get; init; } = true;

    public string Version => FormattableString.Invariant($"{Sequence}-{Row.Status}{(IsWhole ? "" : "-more")}");
}

/// <summary>An event of a run in words.</summary>
internal sealed record EventLine(DateTimeOffset At, LogEventLevel Level, string Sentence, string? Step, string? Device);

/// <summary>A run, or a trial, as its page shows it.</summary>
/// <param name="State">The fold of its journal; null until a coordinator has taken it up.</param>
/// <param name="Settings">What it computes, as JSON.</param>
/// <param name="Events">All that are news, oldest first.</param>
/// <param name="Uses">Slots that compute its steps now, by the step's hash.</param>
internal sealed record RunLook(RunLine Row, RunState? State, string Settings, long Sequence, ImmutableArray<EventLine> Events, ImmutableDictionary<string, SlotUse> Uses)
{
    public string Version => FormattableString.Invariant($"{Sequence}-{Row.Status}-{Row.Wish}-{string.Join('-', Uses.Values.OrderBy(u => u.Hash, StringComparer.Ordinal).Select(u => FormattableString.Invariant($"{u.Token}.{u.Position}")))}");
}

/// <summary>
/// What the page reads. Journals are folded once: of a sweep of ten thousand trials only the events since the last look are read again.
/// </summary>
internal sealed class Views
{
    private const int LatestEvents = 30;

    /// <summary>A journal is read so many events at a time, each in a moment: what is there by then can be shown.</summary>
    private const int Slice = 2000;

    private readonly Kept<SweepLook> sweeps;
    private readonly Kept<RunLook> runs;
    private readonly LiveRows rows;
    private readonly HostRows hosts;
    private readonly TimeSpan lease;
    private readonly TimeProvider clock;
    private readonly Fresh<Overview> overview;

    /// <param name="lease">A host that was silent for longer is said to be so.</param>
    public Views(LiveRows rows, HostRows hosts, TimeSpan lease, TimeProvider clock)
    {
        (this.rows, this.hosts, this.lease, this.clock) = (rows, hosts, lease, clock);
        (sweeps, runs) = (new Kept<SweepLook>(clock), new Kept<RunLook>(clock));
        overview = new Fresh<Overview>(ReadOverviewAsync, clock);
    }

    public Task<Overview> OverviewAsync() => overview.GetAsync();

    /// <summary>Null: there is no such sweep.</summary>
    public Task<SweepLook?> SweepAsync(string id) => sweeps.Of(id, (before, soFar) => ReadSweepAsync(id, before, soFar));

    /// <summary>As much of it as is read by then; null: there is no such sweep.</summary>
    public Task<SweepLook?> SweepAsync(string id, TimeSpan patience) => sweeps.Of(id, (before, soFar) => ReadSweepAsync(id, before, soFar), patience);

    /// <summary>Null: there is no such run.</summary>
    public Task<RunLook?> RunAsync(string id) => runs.Of(id, (before, _) => ReadRunAsync(id, before));

    /// <summary>A sweep that is not over stays, whoever looks.</summary>
    public void Keep(string sweep) => sweeps.Keep(sweep);

    /// <summary>Lets go of what nobody has asked for within <paramref name="age"/>.</summary>
    public void Forget(TimeSpan age)
    {
        sweeps.Forget(age);
        runs.Forget(age);
    }

    /// <summary>Something was changed from here: the next look is to see it.</summary>
    public void Expire()
    {
        overview.Expire();
        sweeps.Expire();
        runs.Expire();
    }

    private async Task<Overview> ReadOverviewAsync()
    {
        var all = await hosts.AllAsync().ConfigureAwait(false);
        var uses = (await hosts.UsesAsync().ConfigureAwait(false)).ToDictionary(u => (u.Host, u.Device));
        var slots = all.SelectMany(h => h.Slots.Select(s =>
        {
            var use = uses.GetValueOrDefault((h.Name, s.Name));
            return new SlotLine(h.Name, h.Version, h.StateAt(lease), s.Name, s.Label, use, use?.Runs ?? []);
        }));
        return new Overview(clock.GetUtcNow(), await rows.SweepsAsync().ConfigureAwait(false), await rows.RunsAsync().ConfigureAwait(false), [.. slots], all);
    }

    private async Task<SweepLook?> ReadSweepAsync(string id, SweepLook? before, Action<SweepLook> soFar)
    {
        if (await rows.SweepAsync(id).ConfigureAwait(false) is not { } row)
        {
            return null;
        }

        // Another sweep of the same name, in a database begun anew, is another sweep.
        var (state, sequence, latest) = before is not null && before.Row.Submitted == row.Submitted ? (before.State, before.Sequence, before.Latest) : (SweepState.Empty, 0L, []);
        while (true)
        {
            var more = await rows.EventsAsync<ISweepEvent>(SweepReader.PersistenceId(id), sequence, Slice).ConfigureAwait(false);
            if (more.Length > 0)
            {
                state = sequence == 0 ? SweepState.Empty : state;
                state = more.Aggregate(state, (s, e) => s.Apply(e.Event));
                (sequence, latest) = (more[^1].Sequence, [.. latest.Concat(more.Select(m => m.Event)).TakeLast(LatestEvents)]);
            }

            if (more.Length < Slice)
            {
                break;
            }

            soFar(new SweepLook(row, state, sequence, latest) { IsWhole = false });
        }

        state = state.Spec is null ? state with { SweepId = id, Spec = await rows.SpecAsync(id).ConfigureAwait(false) } : state;
        return new SweepLook(row, state, sequence, latest);
    }

    private async Task<RunLook?> ReadRunAsync(string id, RunLook? before)
    {
        if (await rows.RunAsync(id).ConfigureAwait(false) is not { } row)
        {
            return null;
        }

        before = before is not null && before.Row.Submitted == row.Submitted ? before : null;
        var (state, sequence, events) = (before?.State, before?.Sequence ?? 0, (before?.Events ?? []).ToBuilder());
        foreach (var (number, e) in await rows.EventsAsync<IRunEvent>(RunReader.PersistenceId(id), sequence).ConfigureAwait(false))
        {
            (state, sequence) = ((state ?? RunState.Empty).Apply(e), number);
            var words = EventWords.Of(e, state);
            if (words.IsNews)
            {
                events.Add(new EventLine(e.At, words.Level, words.Sentence, words.Step, words.Device));
            }
        }

        var settings = state?.Settings ?? before?.Settings ?? await rows.SettingsAsync(id).ConfigureAwait(false) ?? "";
        var hashes = state?.Steps.Values.Where(s => s.Status != StepStatus.Completed).Select(s => s.Hash).ToHashSet() ?? [];
        var uses = hashes.Count == 0 ? [] : (await OverviewAsync().ConfigureAwait(false)).Slots.Select(s => s.Use).OfType<SlotUse>().Where(u => hashes.Contains(u.Hash));
        return new RunLook(row, state, settings, sequence, events.ToImmutable(), uses.ToImmutableDictionary(u => u.Hash));
    }
}
