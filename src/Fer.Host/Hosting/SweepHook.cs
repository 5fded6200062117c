using System.Net.Http.Json;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>
/// Tells a sweep's webhook that it is done, that a trial has failed for good, or that nothing moves. Tried a few times; whoever listens is
/// told once, unless the coordinator dies at that very moment: the journal is what is sure.
/// </summary>
/// <param name="log">Is given a sentence where the address does not answer.</param>
/// <param name="pause">Before the second try; doubles.</param>
internal sealed class SweepHook(ISweepObserver inner, Action<string> log, TimeSpan pause) : ISweepObserver
{
    /// <summary>Where hosts may have an address for sweeps that name none.</summary>
    public const string Variable = "FER_SWEEP_WEBHOOK";

    private const int Tries = 4;

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };

    public void OnEvent(ISweepEvent e, SweepState state)
    {
        inner.OnEvent(e, state);
        switch (e)
        {
            case SweepCompleted or SweepCancelled:
                Post(state, "done", null, state.Status.ToString().ToLowerInvariant());
                break;
            case TrialEnded { Status: "failed" } failed:
                Post(state, "failed", failed.Trial, failed.Reason);
                break;
        }
    }

    public void OnStalled(SweepState state, DateTimeOffset since)
    {
        inner.OnStalled(state, since);
        Post(state, "stalled", null, FormattableString.Invariant($"no trial has come forward since {since:O}"));
    }

    private void Post(SweepState state, string what, int? trial, string reason)
    {
        if ((state.Spec!.Webhook.Length > 0 ? state.Spec.Webhook : Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } address)
        {
            var body = new { sweep = state.SweepId, what, trial, reason, best = state.Best, value = state.BestTrial?.Value, objective = state.Spec.Objective, summary = SweepSummary.Of(state) };
            _ = PostAsync(address, body);
        }
    }

    private async Task PostAsync(string address, object body)
    {
        for (var (tries, wait) = (1, pause); ; tries++, wait *= 2)
        {
            try
            {
                using var answer = await Client.PostAsJsonAsync(address, body).ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or InvalidOperationException or UriFormatException)
            {
                if (tries == Tries)
                {
                    log($"The webhook {Secrets.Masked(address)} was not told: {e.Message}");
                    return;
                }
            }

            await Task.Delay(wait).ConfigureAwait(false);
        }
    }
}
