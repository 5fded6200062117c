using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Sweeps;
using Microsoft.AspNetCore.Http;

namespace Fer.Host.Live.Web;

/// <summary>What a person wants to see of a sweep's trials, as the address says it.</summary>
/// <param name="Sort">A column; <c>set:KEY</c> is a setting's.</param>
/// <param name="Text">All of its words must be in a trial's line.</param>
/// <param name="State">A state, or all.</param>
/// <param name="Axis">The setting that is drawn against the objective; empty: the first.</param>
internal sealed record TrialQuery(string Sort, bool Descending, string Text, string State, int Page, int Size, string Axis)
{
    public const int PageSize = 50;

    public static TrialQuery Default { get; } = new("number", false, "", "", 1, PageSize, "");

    /// <summary>Sorted by another column from its first page on; by the same, the other way round.</summary>
    /// <remarks>A button adds its own value behind the form's: the last one counts.</remarks>
    public static TrialQuery Of(IQueryCollection query)
    {
        var sort = query["sort"].LastOrDefault(s => !string.IsNullOrEmpty(s)) ?? Default.Sort;
        var descending = sort.StartsWith('-');
        return new TrialQuery(
            descending ? sort[1..] : sort, descending, (query["q"].LastOrDefault() ?? "").Trim(), query["state"].LastOrDefault() ?? "",
            Number(query["page"].LastOrDefault(), 1, int.MaxValue), Number(query["size"].LastOrDefault() ?? "", PageSize, 10_000), query["x"].LastOrDefault() ?? "");
    }

    /// <summary>As the address has it: <c>-value</c> begins with the greatest.</summary>
    public string SortText => (Descending ? "-" : "") + Sort;

    private static int Number(string? text, int otherwise, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? Math.Min(number, most) : otherwise;
}

/// <summary>A sweep's trials as they were asked for.</summary>
/// <param name="Matching">How many match, on all pages.</param>
internal sealed record TrialTable(ImmutableArray<TrialState> Rows, int Matching, int Page, int Pages)
{
    private const string Setting = "set:";

    public static TrialTable Of(SweepState state, TrialQuery query)
    {
        var matching = Sorted([.. state.Trials.Where(t => Matches(t, query))], query);
        var pages = Math.Max(1, (matching.Count + query.Size - 1) / query.Size);
        var page = Math.Min(query.Page, pages);
        return new TrialTable([.. matching.Skip((page - 1) * query.Size).Take(query.Size)], matching.Count, page, pages);
    }

    public static string ColumnOf(string setting) => Setting + setting;

    /// <summary>A trial's last word on its objective: its value, or what it reported last.</summary>
    public static double? Last(TrialState trial) => trial.Value ?? (trial.Reports.IsEmpty ? null : trial.Reports[^1].Value);

    private static bool Matches(TrialState trial, TrialQuery query) =>
        (query.State.Length == 0 || SweepState.WordOf(trial.Status) == query.State)
        && query.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => Has(trial, word));

    private static bool Has(TrialState trial, string word) =>
        (int.TryParse(word.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number == trial.Number)
        || SweepState.WordOf(trial.Status).Contains(word, StringComparison.OrdinalIgnoreCase)
        || trial.Reason.Contains(word, StringComparison.OrdinalIgnoreCase)
        || trial.Values.Any(v => string.Concat(v.Key, "=", v.Value).Contains(word, StringComparison.OrdinalIgnoreCase));

    // What a column lacks stands at the end either way; equal ones keep their numbers' order.
    private static List<TrialState> Sorted(List<TrialState> trials, TrialQuery query)
    {
        var key = Key(trials, query.Sort);
        var keyed = trials.Select(t => (Key: key(t), Trial: t)).ToList();
        keyed.Sort((a, b) => Compare(a.Key, b.Key, query.Descending) is var c and not 0 ? c : a.Trial.Number.CompareTo(b.Trial.Number));
        return [.. keyed.Select(k => k.Trial)];
    }

    private static int Compare(IComparable? a, IComparable? b, bool descending) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        _ => descending ? b.CompareTo(a) : a.CompareTo(b),
    };

    private static Func<TrialState, IComparable?> Key(List<TrialState> trials, string sort) => sort switch
    {
        "state" => t => (int)t.Status,
        "value" => t => t.Value,
        "last" => t => Last(t),
        "rung" => t => t.Reports.IsEmpty ? null : t.Reports[^1].Rung,
        "device" => t => t.DeviceSeconds > 0 ? t.DeviceSeconds : null,
        "reused" => t => t.Steps > 0 ? t.Reused : null,
        "ended" => t => t.Ended,
        "planned" => t => t.Planned,
        "attempt" => t => t.Attempt,
        "reason" => t => t.Reason.Length > 0 ? t.Reason : null,
        _ => sort.StartsWith(Setting, StringComparison.Ordinal) ? SettingKey(trials, sort[Setting.Length..]) : t => t.Number,
    };

    // Numbers as numbers where all of them are.
    private static Func<TrialState, IComparable?> SettingKey(List<TrialState> trials, string key) =>
        trials.All(t => !t.Values.TryGetValue(key, out var v) || Number(v) is not null) ? t => Number(t.Values.GetValueOrDefault(key)) : t => t.Values.GetValueOrDefault(key);

    private static double? Number(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
