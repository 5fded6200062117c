using System.Globalization;
using System.Text;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Export;

/// <summary>A sweep's trials as files that other tools read, and the best trial's settings as a configuration.</summary>
internal static class SweepExport
{
    /// <summary>Writes <c>trials.csv</c>, <c>reports.csv</c> and, where a trial completed, <c>best.conf</c>.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(SweepState state, string folder)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new BadInputException($"{Path.GetFullPath(folder)} holds files already: expected a new folder, or an empty one.");
        }

        Directory.CreateDirectory(folder);
        var files = new List<string> { Put("trials.csv", Trials(state)), Put("reports.csv", Reports(state)) };
        if (state.BestTrial is { } best)
        {
            files.Add(Put("best.conf", Best(state, best)));
        }

        return files;

        string Put(string name, string text)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return path;
        }
    }

    private static string Trials(SweepState state)
    {
        var keys = state.Spec!.Space.Axes.Select(a => a.Key).ToList();
        var text = new StringBuilder().AppendLine(Row(["trial", "state", .. keys, state.Spec.Objective, "attempt", "run", "device_seconds", "planned", "ended", "reason"]));
        foreach (var t in state.Trials)
        {
            text.AppendLine(Row([
                Number(t.Number), SweepState.WordOf(t.Status), .. keys.Select(k => t.Values.GetValueOrDefault(k, "")), t.Value is { } v ? Number(v) : "", Number(t.Attempt), state.RunIdOf(t), Number(t.DeviceSeconds),
                Time(t.Planned), t.Ended is { } ended ? Time(ended) : "", t.Reason]));
        }

        return text.ToString();
    }

    private static string Reports(SweepState state)
    {
        var text = new StringBuilder().AppendLine("trial,rung,value");
        foreach (var (t, r) in state.Trials.SelectMany(t => t.Reports.Select(r => (t, r))))
        {
            text.AppendLine(Row([Number(t.Number), Number(r.Rung), Number(r.Value)]));
        }

        return text.ToString();
    }

    // As a run of its own, which reads the test set once and has a verdict: that is what it was chosen for.
    private static string Best(SweepState state, TrialState best)
    {
        var settings = TrialMaker.Settings(state.Spec!, best.Values);
        var whole = settings with { Job = settings.Job with { Loop = settings.Job.Loop with { Verdict = "test" } } };
        return string.Create(CultureInfo.InvariantCulture, $"# Trial {best.Number} of sweep {state.SweepId}, the best of {state.Trials.Count} by {state.Spec!.Objective} ({best.Value}) on validation faces.\n# It was chosen, not proved: fer run with this file reads the test set, once.\n")
            + SettingsText.Hocon(whole) + Axes(SettingsText.Hocon(whole), best);
    }

    // What was searched stands there, also where the best is what it is anyway.
    private static string Axes(string text, TrialState best) => string.Concat(best.Values.Where(v => !text.Contains($"{FerConfig.Root}.{v.Key} = ", StringComparison.Ordinal)).Select(v => $"{FerConfig.Root}.{v.Key} = {v.Value}\n"));

    private static string Row(IEnumerable<string> cells) => string.Join(',', cells.Select(c => c.AsSpan().ContainsAny(",\"\r\n") ? $"\"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : c));

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);
}
