using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Models;
using Fer.Models.Data;

namespace Fer.Host.Commands;

/// <summary><c>fer trace IMAGE</c>: how a generated image came to be, drawn again and compared bit for bit.</summary>
internal static class TraceCommand
{
    public static Command Create(CommandContext context)
    {
        var image = new Argument<string>("IMAGE") { Description = "Id of a generated image (gan-…), or an exported PNG of it." };
        var run = new Option<string?>("--run") { Description = "The run it belongs to; without it, all runs are looked through.", HelpName = "RUN-ID" };
        var png = new Option<string?>("--png") { Description = "Write the redrawn image to this file.", HelpName = "FILE" };
        var runs = Shared.Runs();
        var command = new Command("trace", "Show a generated image's recipe, draw it again and compare, bit for bit.") { image, run, runs, png };
        command.SetAction(result =>
        {
            var named = result.GetRequiredValue(image);
            var picture = File.Exists(named) ? ExportedPicture.Find(named) : null;
            var id = picture?.Id ?? (File.Exists(named) ? Path.GetFileNameWithoutExtension(named) : named);
            Action<string> say = context.Console.Error.WriteLine;
            var runsFolder = result.GetRequiredValue(runs);
            var (folder, provenance, found) = result.GetValue(run) is { } one
                ? Find([new RunFolder(runsFolder, one)], id, picture?.Generator, say, isOne: true)
                : Find(Folders(runsFolder), id, picture?.Generator, say, isOne: false);
            return Show(context.Console, folder, provenance, found, result.GetValue(png), named);
        });
        return command;
    }

    private static List<RunFolder> Folders(string runs) => [.. RunReader.RunIds(runs).Select(id => new RunFolder(runs, id))];

    /// <param name="folders">Where to look.</param>
    /// <param name="id">The image's.</param>
    /// <param name="generator">Hash of its generator; null: any.</param>
    /// <param name="say">Is given warnings.</param>
    /// <param name="isOne">The run was named: that it cannot be read ends the search, where another is left out.</param>
    private static (RunFolder Folder, Provenance Provenance, FoundImage Image) Find(List<RunFolder> folders, string id, string? generator, Action<string> say, bool isOne)
    {
        var found = new List<(RunFolder, Provenance, FoundImage)>();
        foreach (var folder in folders)
        {
            try
            {
                if (Find(folder, id, say) is var (provenance, image) && (generator is null || image.Row.Recipe?.Generator == generator))
                {
                    found.Add((folder, provenance, image));
                }
            }
            catch (Exception e) when (!isOne && (e is BadInputException or Settings.SettingsException or DamagedArtifactException or IOException or UnauthorizedAccessException))
            {
                // Another run's trouble is no reason not to find the image in its own.
                say($"Run '{folder.RunId}' is left out: {e.Message}");
            }
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw new BadInputException($"No image '{id}' in {(folders.Count == 1 ? $"run '{folders[0].RunId}'" : $"the {folders.Count} runs looked through")}: expected the id of a kept, rejected or sampled image, such as gan-happy-r1-0-3."),
            _ => throw new BadInputException($"{found.Count} runs have an image '{id}': name one with --run ({string.Join(", ", found.Select(f => f.Item1.RunId))})."),
        };
    }

    private static (Provenance, FoundImage)? Find(RunFolder folder, string id, Action<string> say)
    {
        var settings = RunFile.Load(folder);
        if (RunReader.Read(folder, settings.Journal) is not { } state)
        {
            return null;
        }

        var provenance = new Provenance(state, Stores.Of(folder, say), settings.Engine, say);
        return provenance.Find(id) is { } image ? (provenance, image) : null;
    }

    private static int Show(FerConsole console, RunFolder folder, Provenance provenance, FoundImage image, string? png, string argument)
    {
        var recipe = image.Row.Recipe ?? throw new BadInputException($"'{image.Row.Id}' of run '{folder.RunId}' is a placebo: no generator drew it, so it has no recipe.");
        void Line(string name, FormattableString value) => console.Out.WriteLine($"{name,-11} {value.ToString(CultureInfo.InvariantCulture)}");
        Line("image", $"{image.Row.Id}");
        Line("run", $"{folder.RunId}, step {image.Step}, {image.File}");
        Line("recipe", $"class {recipe.Class}, seed {recipe.Seed}, batch {recipe.Batch} of {recipe.BatchSize} images, place {recipe.Place}{(recipe.Psi is { } psi ? string.Create(CultureInfo.InvariantCulture, $", latents times {psi}") : "")}");
        Line("generator", $"{recipe.Generator}");
        if (image.Row.Facts is { } facts)
        {
            Line("filter", $"{(facts.Reason is { } reason ? $"rejected: {reason}" : "kept")}; confidence {facts.Confidence:0.000}, nearest real face {facts.Nearest} at {facts.Distance:0.000}");
        }

        var again = provenance.Redraw(image);
        if (png is not null)
        {
            File.WriteAllBytes(png, PngFile.Encode(again, image.Set.Channels, image.Set.Height, image.Set.Width));
        }

        var (before, after) = (Hash(image.Pixels), Hash(again));
        if (before == after)
        {
            Line("redrawn", $"identical, bit for bit (SHA-256 of the pixels {before})");
            return SameFile(console, argument, image) ? ExitCode.Done : ExitCode.Findings;
        }

        var different = Enumerable.Range(0, again.Length).Count(i => image.Pixels[i] != again[i]);
        Line("redrawn", $"differs in {different} of {again.Length} pixels");
        var why = provenance.Differences();
        console.Error.WriteLine(why.Count > 0
            ? $"This machine is not as the run's was: {string.Join("; ", why)}."
            : "The fingerprint is the run's, so the image, its generator or its recipe was changed.");
        return ExitCode.Findings;
    }

    /// <summary>Whether the file that was named, if any, still holds the run's pixels.</summary>
    private static bool SameFile(FerConsole console, string argument, FoundImage image)
    {
        if (!File.Exists(argument))
        {
            return true;
        }

        var same = File.ReadAllBytes(argument).AsSpan().SequenceEqual(PngFile.Encode(image.Pixels, image.Set.Channels, image.Set.Height, image.Set.Width));
        console.Out.WriteLine(same ? $"{"file",-11} {argument} holds these pixels" : $"{"file",-11} {argument} is not the file that this run exports");
        return same;
    }

    private static string Hash(byte[] pixels) => Convert.ToHexStringLower(SHA256.HashData(pixels));
}
