using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>
/// What a run's folder says about how it is carried out (<c>run.json</c>): enough for <c>fer resume</c>, <c>status</c> and the like to
/// find its journal and devices again. What the run computes stands in its journal. Secrets are not in it.
/// </summary>
/// <param name="Config">Absolute path of the configuration it was started with; secrets are looked for there when the environment lacks them.</param>
/// <param name="Settings">All settings that differ from the defaults, as HOCON.</param>
public sealed record RunFile(int Format, string? Config, string Settings)
{
    private const int Current = 1;

    /// <summary>What it screens; null where it is a run of the loop.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LeverChoice>? Levers { get; init; }

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string PathIn(RunFolder folder) => Path.Combine(folder.Path, "run.json");

    /// <summary>Writes it whole or not at all, and only when it says something new.</summary>
    public static void Write(RunFolder folder, string? config, FerSettings settings, IReadOnlyList<LeverChoice>? levers = null)
    {
        var path = PathIn(folder);
        if (IsOf(folder, config, settings, levers))
        {
            return;
        }

        var text = Text(config, settings, levers);
        Directory.CreateDirectory(folder.Path);
        var aside = $"{path}.{Environment.ProcessId}.new";
        File.WriteAllText(aside, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Whether a run was last started with this and nothing else.</summary>
    public static bool IsOf(RunFolder folder, string? config, FerSettings settings, IReadOnlyList<LeverChoice>? levers = null) =>
        File.Exists(PathIn(folder)) && File.ReadAllText(PathIn(folder)) == Text(config, settings, levers);

    private static string Text(string? config, FerSettings settings, IReadOnlyList<LeverChoice>? levers) =>
        JsonSerializer.Serialize(new RunFile(Current, config is null ? null : Path.GetFullPath(config), SettingsText.Hocon(settings)) { Levers = levers }, Options);

    /// <summary>The settings that a run was last started with. Throws <see cref="BadInputException"/> when the run does not exist or its file is spoilt.</summary>
    public static FerSettings Load(RunFolder folder)
    {
        SweepFolder.MakeTrialFolder(folder);
        if (!folder.Exists)
        {
            var sweeps = SweepFolder.Ids(folder.Runs);
            if (sweeps.Contains(folder.RunId))
            {
                throw new BadInputException($"'{folder.RunId}' is a sweep: fer sweep --help lists what can be done with one; its trials are the runs {SweepState.RunIdOf(folder.RunId, 1, 1)} and on.");
            }

            var nearest = Spelling.Nearest(folder.RunId, [.. RunReader.RunIds(folder.Runs), .. sweeps]);
            throw new BadInputException($"There is no run '{folder.RunId}' in {folder.Runs}{(nearest is null ? "; where it was started with --runs, name that folder." : $"; did you mean {nearest}?")}");
        }

        return Read(folder, $"how run '{folder.RunId}' was started", $"start it again with fer run CONFIG --run-id {folder.RunId}, which writes it anew");
    }

    /// <summary>The settings that a folder's file has. Throws <see cref="BadInputException"/> when there is none or it is spoilt.</summary>
    /// <param name="what">What is not known without it.</param>
    /// <param name="cure">What to do then.</param>
    public static FerSettings Read(RunFolder folder, string what, string cure)
    {
        var path = PathIn(folder);
        if (!File.Exists(path))
        {
            throw new BadInputException($"{path} is missing, so {what} is not known: {cure}.");
        }

        RunFile file;
        try
        {
            file = JsonSerializer.Deserialize<RunFile>(File.ReadAllText(path)) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path} cannot be read as JSON ({e.Message}), so {what} is not known: {cure}.", e);
        }

        if (file.Format > Current)
        {
            throw new BadInputException($"{path} was written by a newer version of this program (format {file.Format}, this one reads {Current}).");
        }

        return WithSecrets(FerConfig.Parse(file.Settings, path, []), file.Config);
    }

    /// <summary>The configuration it was last started with; null when that is not known.</summary>
    public static string? ConfigOf(RunFolder folder) => Of(folder)?.Config;

    /// <summary>What it screens; null where it is a run of the loop.</summary>
    public static IReadOnlyList<LeverChoice>? LeversOf(RunFolder folder) => Of(folder)?.Levers;

    private static RunFile? Of(RunFolder folder) => File.Exists(PathIn(folder)) ? JsonSerializer.Deserialize<RunFile>(File.ReadAllText(PathIn(folder))) : null;

    private static FerSettings WithSecrets(FerSettings settings, string? config)
    {
        var lacks = settings.Journal is { Provider: "postgres", ConnectionString: "" } || settings.Seq is { Url: not "", ApiKey: "" } || Secrets.IsIn(settings.Seq.Url) || Secrets.IsIn(settings.Otlp.Endpoint)
            || settings.Cluster.Tls is { Certificate: not "", Password: "" };
        if (!lacks || config is null || !File.Exists(config))
        {
            return settings;
        }

        try
        {
            var file = SweepFile.WithoutSweep(config);
            return settings with
            {
                Journal = settings.Journal with { ConnectionString = settings.Journal.ConnectionString.Length > 0 ? settings.Journal.ConnectionString : file.Journal.ConnectionString },
                Cluster = settings.Cluster with { Tls = settings.Cluster.Tls with { Password = settings.Cluster.Tls.Password.Length > 0 ? settings.Cluster.Tls.Password : file.Cluster.Tls.Password } },
                Seq = settings.Seq with { Url = Whole(settings.Seq.Url, file.Seq.Url), ApiKey = settings.Seq.ApiKey.Length > 0 ? settings.Seq.ApiKey : file.Seq.ApiKey },
                Otlp = settings.Otlp with { Endpoint = Whole(settings.Otlp.Endpoint, file.Otlp.Endpoint) },
            };
        }
        catch (SettingsException)
        {
            // The file has changed since and is wrong now: it can give no secret, and the journal will say what it lacks.
            return settings;
        }
    }

    private static string Whole(string masked, string candidate) => Secrets.MaskedAddresses(candidate) == masked ? candidate : masked;
}
