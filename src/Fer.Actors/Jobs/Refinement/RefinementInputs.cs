using System.Collections.Immutable;
using System.Text.Json;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>Freezes what a run starts from into its artifact store: from then on no step looks at the source again.</summary>
public static class RefinementInputs
{
    /// <returns>The run, ready to be started.</returns>
    public static NewRun Freeze(RefinementSettings settings, LoadedData data, ArtifactStore store)
    {
        var weights = settings.Gan is { WarmUp: "perceptual", WarmUpWeights.Length: > 0 } ? ReadWeights(settings.Gan.WarmUpWeights) : null;
        settings.Gan.Check();
        TryNetworks(settings, data.Train, weights);
        _ = settings.Filter.Targets(data.Train.CountByClass());
        var inputs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        inputs[Names.Train] = store.Put(data.Train.ToBytes());
        inputs[Names.ValidationA] = store.Put(data.ValidationA.ToBytes());
        inputs[Names.ValidationB] = store.Put(data.ValidationB.ToBytes());
        inputs[Names.Test] = store.Put(data.Test.ToBytes());
        inputs[Names.DataReport] = store.Put(JsonSerializer.SerializeToUtf8Bytes(data.Report, Json.Options));
        if (weights is not null)
        {
            inputs[Names.WarmUpWeights] = store.Put(weights);
        }

        var run = new RefinementRun(settings, data.Train.Labels.Names, [.. data.Train.CountByClass()]);
        return new NewRun(Names.Job, Json.Write(run), inputs.ToImmutable());
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
