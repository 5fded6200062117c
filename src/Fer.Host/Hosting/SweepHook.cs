using System.Net.Http.Json;
using Fer.Actors.Sweeps;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>
/// Tells a sweep's webhook that it is done, that a trial has failed for good, or that nothing moves. Whoever listens is told at least once, unless it
/// takes nothing for two to four minutes (refused at once or silent); what it is told again has the same id.
/// </summary>
/// <param name="log">Is given a sentence where the address does not answer.</param>
/// <param name="pause">Before the second try; doubles.</param>
internal sealed class SweepHook(Action<string> log, TimeSpan pause) : ISweepHook
{
    /// <summary>Where hosts may have an address for sweeps that name none.</summary>
    public const string Variable = "FER_SWEEP_WEBHOOK";

    /// <summary>After which nobody is told any more.</summary>
    public const int Tries = 8;

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };

    public bool Hears(SweepSpec spec) => AddressOf(spec).Length > 0;

    public async Task<HookAnswer> TellAsync(SweepState state, HookMessage message, bool once = false)
    {
        var address = AddressOf(state.Spec!);
        var body = new { id = message.Id, sweep = state.SweepId, what = message.What, trial = message.Trial, reason = message.Reason, best = state.Best, value = state.BestTrial?.Value, objective = state.Spec!.Objective, summary = SweepSummary.Of(state) };
        for (var (tries, wait) = (1, pause); ; tries++, wait *= 2)
        {
            try
            {
                using var answer = await Client.PostAsJsonAsync(address, body).ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                return new HookAnswer(tries, null);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or InvalidOperationException or UriFormatException or NotSupportedException)
            {
                if (once || tries == Tries)
                {
                    log($"The webhook {Secrets.Masked(address)} was not told: {e.Message}");
                    return new HookAnswer(tries, e.Message);
                }
            }

            await Task.Delay(wait).ConfigureAwait(false);
        }
    }

    private static string AddressOf(SweepSpec spec) => spec.Webhook.Length > 0 ? spec.Webhook : Environment.GetEnvironmentVariable(Variable) ?? "";
}
