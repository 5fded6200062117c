using System.Collections.Immutable;
using System.Text.Json;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>Freezes what a run starts from into its artifact store: from then on no step looks at the source again.</summary>
public static class RefinementInputs
{
    /// <returns>The run, ready to be started.</returns>
    public static NewRun Freeze(RefinementSettings settings, LoadedData data, ArtifactStore store)
    {
        settings.Gan.Check();
        _ = settings.Filter.Targets(data.Train.CountByClass());
        var inputs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        inputs[Names.Train] = store.Put(data.Train.ToBytes());
        inputs[Names.ValidationA] = store.Put(data.ValidationA.ToBytes());
        inputs[Names.ValidationB] = store.Put(data.ValidationB.ToBytes());
        inputs[Names.Test] = store.Put(data.Test.ToBytes());
        inputs[Names.DataReport] = store.Put(JsonSerializer.SerializeToUtf8Bytes(data.Report, Json.Options));
        if (settings.Gan is { WarmUp: "perceptual", WarmUpWeights.Length: > 0 } gan)
        {
            inputs[Names.WarmUpWeights] = store.Put(ReadWeights(gan.WarmUpWeights));
        }

        var run = new RefinementRun(settings, data.Train.Labels.Names, [.. data.Train.CountByClass()]);
        return new NewRun(Names.Job, Json.Write(run), inputs.ToImmutable());
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
