using System.Collections.Immutable;
using System.Text.Json;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>Freezes what a run starts from into its artifact store: from then on no step looks at the source again.</summary>
public static class RefinementInputs
{
    // Faces on either side of a Fréchet distance.
    private const int MostCompared = 5000;

    /// <returns>The run, ready to be started.</returns>
    public static NewRun Freeze(RefinementSettings settings, LoadedData data, ArtifactStore store)
    {
        var inputs = WithoutTest(settings, data, store);
        if (settings.Loop.Verdict == LoopSettings.OnValidation)
        {
            // What is not there cannot be read.
            return new NewRun(Names.Job, Json.Write(RunOf(settings, data)), inputs.ToImmutable());
        }

        if (data.Judge is { } judge)
        {
            CheckComparable(RunOf(settings, data), data, "fer.data.judge-fraction");
            inputs[Names.JudgeFaces] = store.Put(judge.ToBytes());
        }

        inputs[Names.Test] = store.Put(data.Test.ToBytes());
        return new NewRun(Names.Job, Json.Write(RunOf(settings, data)), inputs.ToImmutable());
    }

    /// <summary>What every step but the one that tests, and those that measure, may be given.</summary>
    internal static ImmutableSortedDictionary<string, string>.Builder WithoutTest(RefinementSettings settings, LoadedData data, ArtifactStore store)
    {
        var weights = Check(settings, data.Train);
        CheckFolds(settings, data);
        CheckFeedback(settings, data);
        var inputs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var loop = 1; loop <= data.Loops.Length; loop++)
        {
            var side = data.Loops[loop - 1];
            inputs[Names.InLoop(loop, Names.Train)] = store.Put(side.Train.ToBytes());
            inputs[Names.InLoop(loop, Names.ValidationA)] = store.Put(side.ValidationA.ToBytes());
            inputs[Names.InLoop(loop, Names.ValidationB)] = store.Put(side.ValidationB.ToBytes());
            if (settings.Loop is { Arms: "all", Verdict: not LoopSettings.OnValidation } && side.HeldBack.Count > 0)
            {
                inputs[Names.InLoop(loop, Names.HeldBack)] = store.Put(HeldBack(settings, side, Address.Of(settings.Loop.Seed).At("held-back").At(loop)).ToBytes());
            }
        }

        inputs[Names.DataReport] = store.Put(JsonSerializer.SerializeToUtf8Bytes(data.Report, Json.Options));
        if (weights is not null)
        {
            inputs[Names.WarmUpWeights] = store.Put(weights);
        }

        return inputs;
    }

    /// <summary>Refuses settings that could never be run on these faces; gives the warm-up's weights where a file was named.</summary>
    internal static byte[]? Check(RefinementSettings settings, ImageSet train)
    {
        var weights = settings.Gan is { WarmUp: "perceptual", WarmUpWeights.Length: > 0 } ? ReadWeights(settings.Gan.WarmUpWeights) : null;
        settings.Check();
        settings.Gan.Check();
        settings.Filter.Check();
        TryNetworks(settings, train, weights);
        _ = settings.Filter.Targets(train.CountByClass());
        return weights;
    }

    /// <summary>The run as its journal will hold it.</summary>
    public static RefinementRun RunOf(RefinementSettings settings, LoadedData data) => new(settings, data.Train.Labels.Names, [.. data.Train.CountByClass()])
    {
        HeldBackCounts = [.. data.Loops.Select(side => side.HeldBack.CountByClass().ToImmutableArray())],
        MoreTrainCounts = [.. data.Loops.Skip(1).Select(side => side.Train.CountByClass().ToImmutableArray())],
    };

    // As many of each class as its kept images can come to, those that take turns with them included, and enough to compare generated ones with; by chance, so that the first n of a class are any n.
    private static ImageSet HeldBack(RefinementSettings settings, TrainingSide side, Address address)
    {
        var targets = settings.Filter.Most(side.Train.CountByClass());
        var chosen = new List<int>();
        for (var label = 0; label < targets.Length; label++)
        {
            var all = side.HeldBack.IndicesOf(label);
            var most = Math.Max(targets[label] * (settings.Filter.Fresh == "on" ? settings.Filter.Pool : 1), (int)((long)MostCompared * all.Length / side.HeldBack.Count));
            chosen.AddRange(address.At(label).Permutation(all.Length).Take(most).Select(i => all[i]));
        }

        return side.HeldBack.Select(chosen);
    }

    // Networks that cannot be built for these images, and weights of another network, are found before there is a run:
    // later its settings and inputs are frozen, and nobody could mend them.
    private static void TryNetworks(RefinementSettings settings, ImageSet train, byte[]? weights)
    {
        int? onlyClass = settings.Gan.Kind == "conditional" ? null : 0;
        using IWork gan = settings.Gan.WarmUp == "off"
            ? new GanTraining(settings.Gan, train, null, onlyClass, settings.Loop.Seed, 0, null, Compute.Cpu, Adjustments.None, null)
            : new WarmUp(settings.Gan, train, onlyClass, settings.Loop.Seed, weights, Compute.Cpu, Adjustments.None, null);
    }

    /// <summary>Refuses an end to feedback that could not be told on these faces.</summary>
    internal static void CheckFeedback(RefinementSettings settings, LoadedData data)
    {
        if (settings.Gan is { FeedbackStop: > 0, Feedback: not "0" })
        {
            CheckComparable(RunOf(settings, data), data, "fer.gan.feedback-stop");
        }
    }

    // A measurement beside the question must not stop the answer, after days.
    private static void CheckComparable(RefinementRun run, LoadedData data, string key)
    {
        for (var loop = 1; loop <= data.Loops.Length; loop++)
        {
            var side = data.Loops[loop - 1];
            var validation = side.ValidationA.Concat(side.ValidationB);
            // What is held back is an input only where an oracle may get it, so never in a screening.
            var withHeldBack = run.Settings.Loop is { Arms: "all", Verdict: not LoopSettings.OnValidation } && side.HeldBack.Count > 0 && run.ComparesWithHeldBack(loop);
            if (!withHeldBack && MeasureQuality.Comparable(side.Train.CountByClass(), validation.CountByClass()) is var images and < MeasureQuality.LeastImages)
            {
                throw new BadInputException($"{key}: generated images could be compared with {images} real faces only, at least {MeasureQuality.LeastImages} are needed; give more faces, or {key} = 0.");
            }
        }
    }

    // A teacher that never saw a class would throw all its images away, hours later.
    private static void CheckFolds(RefinementSettings settings, LoadedData data)
    {
        var folds = settings.Filter.CrossFit;
        for (var loop = 0; folds > 1 && loop < data.Loops.Length; loop++)
        {
            var train = data.Loops[loop].Train;
            for (var fold = 0; fold < folds; fold++)
            {
                var left = CrossFit.Without(train, folds, fold, StepKinds.FoldsAt).CountByClass();
                if (Array.IndexOf(left, 0) is var label and >= 0)
                {
                    throw new BadInputException($"fer.filter.cross-fit: with {folds} parts, one of the teachers would see no face of the class '{train.Labels[label]}', which has {train.CountByClass()[label]} to train on; give more faces, or fer.filter.cross-fit = 1.");
                }
            }
        }
    }

    private static byte[] ReadWeights(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"fer.gan.warm-up-weights: {path} cannot be read: {e.Message}", e);
        }
    }
}
