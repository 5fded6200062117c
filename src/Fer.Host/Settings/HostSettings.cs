using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>Where logs go beside the console and the run's folder (<c>fer.seq</c>).</summary>
public sealed record SeqSettings
{
    [Description("Address of a Seq server, such as \"http://localhost:5341\"; empty: none.")]
    public string Url { get; init; } = "";

    [Description("Seq's API key. Never printed; the environment variable FER_SEQ_API_KEY is better than a file.")]
    public string ApiKey { get; init; } = "";

    [Description("Megabytes of log kept in the run's folder for each day that Seq is away; what comes beyond is lost.")]
    [Range(1, 100_000)]
    public int BufferSizeMb { get; init; } = 64;

    public void Check() => Address.Check("fer.seq.url", Url);
}

/// <summary>How much is logged (<c>fer.log</c>).</summary>
public sealed record LogSettings
{
    [Description("Least level that is logged to file and Seq.")]
    [AllowedValues("verbose", "debug", "information", "warning", "error")]
    public string Level { get; init; } = "information";

    [Description("Megabytes of one log file before the next is begun.")]
    [Range(1, 100_000)]
    public int FileSizeMb { get; init; } = 64;
}

/// <summary>Where metrics go (<c>fer.otlp</c>).</summary>
public sealed record OtlpSettings
{
    [Description("OpenTelemetry collector that is sent the metrics by OTLP over gRPC, such as \"http://localhost:4317\"; empty: none.")]
    public string Endpoint { get; init; } = "";

    public void Check() => Address.Check("fer.otlp.endpoint", Endpoint);
}

file static class Address
{
    public static void Check(string key, string value)
    {
        if (value.Length > 0 && !(Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
        {
            throw new BadInputException($"{key} is '{Secrets.Masked(value)}': expected an address such as \"http://localhost:5341\".");
        }
    }
}
