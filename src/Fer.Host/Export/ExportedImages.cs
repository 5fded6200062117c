using System.Security.Cryptography;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Generators;

namespace Fer.Host.Export;

/// <summary>One exported image: where it lies and everything that is known of it.</summary>
/// <param name="Used">Whether the refined arm was trained on it: <c>true</c>, <c>false</c>, or <c>undecided</c> while the run is not so far.</param>
internal sealed record ExportedImage(string File, string Class, int Loop, int Round, string Used, ImageRow Row, string PixelHash);

/// <summary>Writes kept images as PNGs in folders by class, their exact 8-bit pixels, and a table that says where each comes from.</summary>
internal static class ExportedImages
{
    private static readonly string[] Header =
        ["file", "id", "class", "loop", "round", "used_by_refined_arm", "generator_sha256", "seed", "batch", "batch_size", "place", "psi", "confidence", "distance", "nearest_training_image", "pixels_sha256"];

    public static IReadOnlyList<ExportedImage> Write(RunView run, ExportFolder folder)
    {
        var images = new List<ExportedImage>();
        var files = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (loop, round) in run.State.Loops().SelectMany(l => run.State.Rounds(l).Select(r => (l, r))))
        {
            var used = run.State.RoundsUsed(loop);
            foreach (var name in run.Classes)
            {
                // A placebo is no generated image: there is nothing to give away.
                if (run.Images(Names.InLoop(loop, Names.Sample(round, name)), "kept") is { } kept && kept.Rows.All(r => r.Source != Placebo.Source))
                {
                    images.AddRange(Write(kept, name, loop, round, used == int.MaxValue ? "undecided" : round <= used ? "true" : "false", files, folder));
                }
            }
        }

        if (images.Count > 0)
        {
            folder.Write("provenance.csv", Csv.Table(Header, images.Select(Row)));
        }

        return images;
    }

    // A file bears its image's id, which fer trace takes as it is.
    private static IEnumerable<ExportedImage> Write(ImageSet kept, string name, int loop, int round, string used, HashSet<string> files, ExportFolder folder)
    {
        for (var i = 0; i < kept.Count; i++)
        {
            var row = kept.Rows[i];
            if (row.Recipe is null || row.Facts is null)
            {
                throw new BadInputException($"Kept image '{row.Id}' of round {round} has no recipe or no filter facts, so it cannot be exported with its provenance.");
            }

            var file = $"images/{ExportFolder.Safe(name)}/{ExportFolder.Safe(row.Id)}.png";
            if (!files.Add(file.ToUpperInvariant()))
            {
                throw new BadInputException($"Kept image '{row.Id}' of round {round} cannot be exported: another image's file has the same name, {file}.");
            }

            folder.Write(file, PngFile.Encode(kept.Image(i), kept.Channels, kept.Height, kept.Width));
            yield return new ExportedImage(file, name, loop, round, used, row, Convert.ToHexStringLower(SHA256.HashData(kept.Image(i))));
        }
    }

    private static IReadOnlyList<object?> Row(ExportedImage image)
    {
        var (recipe, facts) = (image.Row.Recipe!, image.Row.Facts!);
        return
        [
            image.File, image.Row.Id, image.Class, image.Loop, image.Round, image.Used, recipe.Generator, recipe.Seed, recipe.Batch, recipe.BatchSize, recipe.Place, recipe.Psi ?? 1,
            facts.Confidence, facts.Distance, facts.Nearest, image.PixelHash,
        ];
    }
}
