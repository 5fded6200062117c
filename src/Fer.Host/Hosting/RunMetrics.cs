using System.Runtime.CompilerServices;
using Fer.Actors.Hosting;
using Fer.Host.Settings;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Fer.Host.Hosting;

/// <summary>Sends the meter <c>Fer</c> and the runtime's own to an OpenTelemetry collector where one is set.</summary>
public static class RunMetrics
{
    /// <param name="runId">The run that this process carries, or the host that it is.</param>
    /// <returns>What must be disposed of at the end, so that the last figures are sent; null without a collector.</returns>
    public static IDisposable? Start(OtlpSettings settings, string runId) => settings.Endpoint.Length == 0 ? null : Export(settings, runId);

    // Kept apart so that a run without a collector never loads OpenTelemetry.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MeterProvider Export(OtlpSettings settings, string runId) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(r => r.AddService("fer", serviceInstanceId: runId).AddAttributes([new("host.name", Environment.MachineName)]))
        .AddMeter(FerMeter.Name)
        .AddRuntimeInstrumentation()
        .AddOtlpExporter(o => o.Endpoint = new Uri(settings.Endpoint))
        .Build();
}
