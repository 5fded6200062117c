using System.Text;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports;
using Fer.Host.Reports.Sections;

namespace Fer.Host.Export;

/// <summary>The export's README: what these images are, how they came to be, what may be claimed, and how to read the files.</summary>
internal static class DatasetCard
{
    public static string Of(RunView run, IReadOnlyList<ExportedImage> images)
    {
        var state = run.State;
        var loops = state.Loops().Count;
        var text = new StringBuilder();
        text.Append(Say.Text($"# Generated faces of run {state.RunId}\n\n"));
        text.Append(Headline.Short(state)).Append("\n\n").AppendJoin("", Headline.Parts(state).Also.Select(s => $"- {s}\n").DefaultIfEmpty("")).Append(Headline.Parts(state).Also.Count > 0 ? "\n" : "");
        text.Append("## What this is\n\n");
        text.Append(Say.Text($"{Say.Many(images.Count, "image")} drawn by a GAN (WGAN-GP) and kept by a classifier's filter. None is a photograph: each was drawn by a network that learned from photographs or drawings of faces. "));
        if (run.Input(Names.Train) is { } train)
        {
            text.Append(Say.Text($"They are {train.Width}×{train.Height} pixels, {(train.Channels == 1 ? "grey" : "colour")}, 8 bits. The networks learned from {Say.Many(train.Count, "training face")}{(loops > 1 ? Say.Text($" in the first of {loops} loops, each with its own GAN and its own share of the faces") : "")}; no test image is in this folder, and {Shown(DataSection.Of(run)?.LeakedTestImages)}."));
        }

        if (images.Count(i => i.Set == "spare") is var spare and > 0)
        {
            text.Append(Say.Text($" Of them {spare} are spare (`set` in the table): accepted, too, and shown to classifiers in turn with the others, as many an epoch as were kept."));
        }

        text.Append("\n\n| class | ");
        var rounds = images.Select(i => i.Round).Distinct().Order().ToArray();
        text.AppendJoin(" | ", rounds.Select(r => Say.Text($"round {r}"))).Append(rounds.Length > 0 ? " | all |\n|" : "all |\n|").Append(string.Concat(Enumerable.Repeat(" --- |", rounds.Length + 2))).Append('\n');
        foreach (var name in run.Classes)
        {
            var counts = rounds.Select(r => images.Count(i => i.Class == name && i.Round == r)).ToArray();
            text.Append(Say.Text($"| {name.Replace("|", "\\|", StringComparison.Ordinal)} | ")).AppendJoin(" | ", counts).Append(rounds.Length > 0 ? " | " : "").Append(counts.Sum()).Append(" |\n");
        }

        foreach (var (loop, used) in state.Loops().Select(l => (l, state.RoundsUsed(l))).Where(u => u.Item2 < int.MaxValue))
        {
            text.Append(Say.Text($"\nThe refined classifiers{(loops > 1 ? Say.Text($" of loop {loop}") : "")} were trained with rounds 1 to {used} (`used_by_refined_arm` in the table).\n"));
        }

        text.Append("\n## The real faces\n\n").Append(DatasetOrigin.RealFaces(run)).Append("\n## The filter\n\n").Append(DatasetOrigin.Filters(run));
        text.Append("""

            ## How far to trust them

            - A label is the class that was asked for and that the filter agreed with. Nobody looked at the images one by one.
            - An image whose near-copy distance to a training face was under the filter's limit was thrown away; `distance` and `nearest_training_image` say how near each kept one comes.
            - The images carry what bias the training faces and the classifier have. They are for training, never for measuring a classifier.

            ## Files

            - `images/CLASS/*.png`: the images, lossless, exactly the pixels that were scored and trained on.
            - `provenance.csv`: a row an image. Generator (SHA-256 of its artifact), seed, batch, batch size, place and psi (what latents were multiplied by) draw it again, bit for bit (`fer trace ID`). `confidence` is the calibrated probability of its class, `distance` that to the nearest training face in pixels, `feature_distance` the same in a network's middle layer where the filter looked there, `pixels_sha256` the hash of its 8-bit values, plane after plane, row after row.
            - `networks/*.safetensors`: classifiers by arm and seed, generators by round (those of a second loop and later ones begin with `loop-N-`), tensors under their modules' names: `safetensors.torch.load_file(path)`.
            - `metrics.csv`: every figure of every arm and seed, computed from the stored predictions. `figures.csv`: what each step reported.
            - `curves/*.csv` and `tensorboard/`: losses over steps; `tensorboard --logdir tensorboard`.
            - `settings.conf`: the settings, as a configuration that runs again.

            ## How they were made


            """);
        text.Append(Say.Text($"fer {state.Version}, job {state.Job}, begun {Say.Time(state.StartedAt)}; fingerprint {state.Fingerprint.Digest}:\n\n"));
        foreach (var (name, value) in state.Fingerprint.Facts)
        {
            text.Append(Say.Text($"- {name}: {value}\n"));
        }

        return text.ToString();
    }

    private static string Shown(int? leaked) => leaked is { } twins
        ? Say.Text($"no validation or test image was shown to a generator, but twins were left as they come: {Say.Many(twins, "test image")} had a pixel-identical twin that was trained or validated on")
        : "no validation or test face was shown to a generator";
}
