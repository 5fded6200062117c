using System.Xml.Linq;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What went wrong and what supervision did about it, restarts included.</summary>
internal static class IncidentsSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var rows = run.State.Incidents.Concat(run.State.Claims.Skip(1)).OrderBy(e => e.At).Select(e => (e.At, Words: Words(e))).ToArray();
        yield return rows.Length == 0
            ? Note("None: no fault, no restart, no pause.")
            : Table(["when", "what", "where", "why"], rows.Select(r => (IEnumerable<object?>)[Say.Time(r.At), r.Words.What, r.Words.Where, r.Words.Why]), words: true);
    }

    private static (string What, string Where, string Why) Words(IRunEvent e) => e switch
    {
        Claimed c => ("taken up by another process", $"{c.Host}, process {c.ProcessId}", "the one before had ended"),
        RunForked f => (Say.Text($"goes on from round {f.Round} of {f.From}"), "", Say.Text($"{f.Steps.Length} steps were taken over, not computed again")),
        FingerprintAccepted f => ("another fingerprint accepted", "", $"from here on bits may differ: {Say.Short(f.Fingerprint.Digest)}"),
        CheckpointDamaged d => ("checkpoint damaged, the one before is used", d.Step, d.Reason),
        StepReopened r => ("file damaged, its step is done again", r.Step, r.Reason),
        StepAdjusted a => (Adjusted(a), a.Step, a.Reason),
        StepFailed f => (Say.Text($"attempt {f.Attempt} failed: {f.Fault}"), $"{f.Step} on {f.Device}", f.Message),
        WorkerRestarted w => ("worker ended and started again", w.Device, w.Reason),
        StepLeft l => ("left, another slot goes on", $"{l.Step} on {l.Device}", l.Reason),
        RunPaused p => (p.By == "user" ? "paused by the user" : "paused by a fault", "", p.Reason),
        RunResumed => ("resumed", "", ""),
        _ => (e.GetType().Name, "", ""),
    };

    private static string Adjusted(StepAdjusted a)
    {
        var what = new List<string>();
        if (a.Adjustment.LearningRateFactor != 1)
        {
            what.Add(Say.Text($"learning rate × {a.Adjustment.LearningRateFactor}"));
        }

        if (a.Adjustment.MicroBatchFactor != 1)
        {
            what.Add(Say.Text($"batches in {a.Adjustment.MicroBatchFactor} parts"));
        }

        return Say.Text($"went back to {a.Adjustment.From}: {string.Join(", ", what)}");
    }
}
