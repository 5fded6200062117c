using System.Globalization;
using System.Text;
using Fer.Actors.Runs;

namespace Fer.Actors.Tests.Storage;

/// <summary>A run's state as lines for a person to compare; written here and not as JSON, so that a property more in the state breaks no golden file.</summary>
internal static class Summary
{
    public static string Of(RunState state)
    {
        var text = new StringBuilder();
        Line($"run {state.RunId}: {state.Job} {state.Version}, {state.Status}, started {At(state.StartedAt)}, ended {At(state.EndedAt)}, last event {At(state.LastEventAt)}");
        Line($"  settings {state.Settings}");
        Line($"  fingerprint {state.Fingerprint.Digest[..12]}, inputs {Pairs(state.Inputs)}");
        Line($"  paused by '{state.PausedBy}', reason '{state.Reason}', restarts {state.Restarts}, held by {string.Join(' ', state.Claims.Select(c => $"{c.Number}:{c.Host}:{c.ProcessId}"))}");
        foreach (var name in state.Order)
        {
            var step = state.Steps[name];
            Line($"  step {name}: {step.Spec.Kind} v{step.Spec.Version} seed {step.Spec.Seed} of {Pairs(step.Spec.Inputs)} with {step.Spec.Settings}, hash {step.Hash}, {step.Status}");
            foreach (var attempt in step.Attempts)
            {
                Line($"    on {attempt.Device} by {attempt.Incarnation} from {At(attempt.Started)} to {At(attempt.Ended)}: {attempt.End ?? "open"}");
            }

            if (step.SharedFrom is not null)
            {
                Line($"    shared from {step.SharedFrom}");
            }

            Line($"    checkpoints {string.Join(' ', step.Checkpoints.Select(c => $"{c.Position}/{c.Length}:{c.Artifact}"))}");
            Line($"    adjusted {string.Join(' ', step.Adjustments.Items.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.From}:{a.LearningRateFactor}:{a.MicroBatchFactor}")))}, faults {Pairs(step.Faults)}");
            Line($"    files {Pairs(step.Files)}, figures {Pairs(step.Figures)}");
        }

        foreach (var (question, decided) in state.Decisions)
        {
            Line($"  decided {question}: {decided.Answer}, because {decided.Because}");
        }

        Line($"  incidents {string.Join(' ', state.Incidents.Select(i => i.GetType().Name))}");
        Line($"  figures {Pairs(state.Figures)}");
        return text.ToString();

        void Line(string line) => text.Append(line.TrimEnd()).Append('\n');
    }

    private static string Pairs<T>(IEnumerable<KeyValuePair<string, T>> pairs) => $"[{string.Join(' ', pairs.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value}")))}]";

    private static string At(DateTimeOffset? at) => at?.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) ?? "-";
}
