using System.Collections.Immutable;
using System.Globalization;
using Fer.Models;
using Fer.Models.Data;

namespace Fer.Bench;

/// <summary>What the bench of time to quality is asked for.</summary>
internal sealed record QualityOptions
{
    public const string Usage = "quality PATH [--minutes 60] [--share 0.25] [--seeds 3] [--every SECONDS] [--only NAME,…] [--faces 0.1] [--at-once 1] [--to FOLDER]";

    public required string Data { get; init; }

    /// <summary>Training of each contender, minutes of processor time.</summary>
    public double Minutes { get; init; } = 60;

    /// <summary>The bar: in what share of the minutes ours must be as good.</summary>
    public double Share { get; init; } = 0.25;

    public int Seeds { get; init; } = 3;

    /// <summary>Seconds of training between two measurements; by default a fortieth of all.</summary>
    public double Every { get; init; }

    public ImmutableArray<QualityContender> Contenders { get; init; } = QualityContender.All;

    /// <summary>Share of the training faces that the GANs learn from, validation faces included.</summary>
    public double Faces { get; init; } = 0.1;

    /// <summary>Contenders that are trained side by side, each in a process of its own: quicker, but they slow each other down by as much as they happen to.</summary>
    public int AtOnce { get; init; } = 1;

    public string To { get; init; } = Path.Combine("out", "quality");

    /// <summary>The same for a contender's process.</summary>
    public ImmutableArray<string> Words { get; private init; } = [];

    public static QualityOptions Read(string[] words)
    {
        if (words.Length == 0 || words[0].StartsWith('-'))
        {
            throw new BadInputException($"quality: there is no path to the faces; expected {Usage}.");
        }

        var options = new QualityOptions { Data = words[0], Words = [.. words] };
        for (var i = 1; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? words[i + 1] : throw new BadInputException($"quality: {words[i]} has no value; expected {Usage}.");
            options = words[i] switch
            {
                "--minutes" => options with { Minutes = Number(words[i], value) },
                "--share" => options with { Share = Number(words[i], value) },
                "--seeds" => options with { Seeds = (int)Math.Ceiling(Number(words[i], value)) },
                "--every" => options with { Every = Number(words[i], value) },
                "--only" => options with { Contenders = [.. value.Split(',').Select(Named)] },
                "--faces" => options with { Faces = Number(words[i], value) },
                "--at-once" => options with { AtOnce = (int)Math.Ceiling(Number(words[i], value)) },
                "--to" => options with { To = value },
                _ => throw new BadInputException($"quality: there is no '{words[i]}'; expected {Usage}."),
            };
        }

        return options.Every > 0 ? options : options with { Every = options.Minutes * 60 / 40 };
    }

    public string Csv(string name) => Path.Combine(To, name + ".csv");

    /// <summary>The study's five classes at its size. The test set is not read; real faces to compare with are those that the share leaves.</summary>
    public LoadedData Load() => DataLoader.Load(new DataSettings
    {
        Path = Data, Classes = ["fear", "angry", "happy", "sad", "neutral"], ImageSize = 32, Fraction = Faces, JudgeFraction = 0.2,
    });

    private static double Number(string name, string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw new BadInputException($"quality: {name} is '{value}', expected a number above 0.");

    private static QualityContender Named(string name) => QualityContender.All.FirstOrDefault(c => c.Name == name)
        ?? throw new BadInputException($"quality: there is no contender '{name}'; expected {string.Join(", ", QualityContender.All.Select(c => c.Name))}.");
}
