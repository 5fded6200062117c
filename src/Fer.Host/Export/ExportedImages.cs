using System.Security.Cryptography;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Generators;

namespace Fer.Host.Export;

/// <summary>One exported image: where it lies and everything that is known of it.</summary>
/// <param name="Set"><c>kept</c>, or <c>spare</c>: what a pool left over and classifiers saw in turn with kept ones.</param>
/// <param name="Used">Whether the refined arm was trained on it: <c>true</c>, <c>false</c>, or <c>undecided</c> while the run is not so far.</param>
internal sealed record ExportedImage(string File, string Class, int Loop, int Round, string Set, string Used, ImageRow Row, string PixelHash);

/// <summary>Writes kept images, and those that took turns with them, as PNGs in folders by class, their exact 8-bit pixels, and a table that says where each comes from.</summary>
internal static class ExportedImages
{
    private static readonly string[] Header =
        ["file", "id", "class", "loop", "round", "set", "used_by_refined_arm", "generator_sha256", "seed", "batch", "batch_size", "place", "psi", "confidence", "distance", "feature_distance", "nearest_training_image", "pixels_sha256"];

    public static IReadOnlyList<ExportedImage> Write(RunView run, ExportFolder folder)
    {
        var images = new List<ExportedImage>();
        var files = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (loop, round) in run.State.Loops().SelectMany(l => run.State.Rounds(l).Select(r => (l, r))))
        {
            var used = run.State.RoundsUsed(loop);
            foreach (var name in run.Classes)
            {
                foreach (var set in Sets(run, Names.InLoop(loop, Names.Sample(round, name))))
                {
                    images.AddRange(Write(set, name, loop, round, used == int.MaxValue ? "undecided" : round <= used ? "true" : "false", files, folder));
                }
            }
        }

        if (images.Count > 0)
        {
            folder.Write("provenance.csv", Csv.Table(Header, images.Select(Row)));
        }

        return images;
    }

    // A placebo is no generated image: there is nothing to give away. Where nothing is kept, nothing that is spare is trained on.
    private static IEnumerable<(string Name, ImageSet Images)> Sets(RunView run, string step)
    {
        if (run.Images(step, "kept") is not { } kept || kept.Rows.Any(r => r.Source == Placebo.Source))
        {
            yield break;
        }

        yield return ("kept", kept);
        if (kept.Count > 0 && run.State.Completed(step)!.Files.ContainsKey("spare") && run.Images(step, "spare") is { } spare)
        {
            yield return ("spare", spare);
        }
    }

    // A file bears its image's id, which fer trace takes as it is.
    private static IEnumerable<ExportedImage> Write((string Name, ImageSet Images) set, string name, int loop, int round, string used, HashSet<string> files, ExportFolder folder)
    {
        var images = set.Images;
        for (var i = 0; i < images.Count; i++)
        {
            var row = images.Rows[i];
            if (row.Recipe is null || row.Facts is null)
            {
                throw new BadInputException($"The {set.Name} image '{row.Id}' of round {round} has no recipe or no filter facts, so it cannot be exported with its provenance.");
            }

            var file = $"images/{ExportFolder.Safe(name)}/{ExportFolder.Safe(row.Id)}.png";
            if (!files.Add(file.ToUpperInvariant()))
            {
                throw new BadInputException($"The {set.Name} image '{row.Id}' of round {round} cannot be exported: another image's file has the same name, {file}.");
            }

            folder.Write(file, PngFile.Encode(images.Image(i), images.Channels, images.Height, images.Width));
            yield return new ExportedImage(file, name, loop, round, set.Name, used, row, Convert.ToHexStringLower(SHA256.HashData(images.Image(i))));
        }
    }

    private static IReadOnlyList<object?> Row(ExportedImage image)
    {
        var (recipe, facts) = (image.Row.Recipe!, image.Row.Facts!);
        return
        [
            image.File, image.Row.Id, image.Class, image.Loop, image.Round, image.Set, image.Used, recipe.Generator, recipe.Seed, recipe.Batch, recipe.BatchSize, recipe.Place, recipe.Psi ?? 1,
            facts.Confidence, facts.Distance, facts.FeatureDistance, facts.Nearest, image.PixelHash,
        ];
    }
}
