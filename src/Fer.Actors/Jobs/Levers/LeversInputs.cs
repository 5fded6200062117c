using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Models.Data;

namespace Fer.Actors.Jobs.Levers;

/// <summary>Freezes what a screening starts from. The test set is no part of it, so no step could read it by mistake.</summary>
public static class LeversInputs
{
    /// <returns>The run, ready to be started.</returns>
    public static NewRun Freeze(RefinementSettings settings, ImmutableArray<LeverChoice> levers, LoadedData data, ArtifactStore store)
    {
        var run = RunOf(settings, levers, data);

        var inputs = RefinementInputs.WithoutTest(run.Screened, data, store);

        // Each variant's own networks are tried, too: what cannot be built is found before there is a run.
        foreach (var variant in run.Variants.DistinctBy(v => v.Run.Settings.Gan))
        {
            RefinementInputs.CheckFeedback(variant.Run.Settings, data);
            if (RefinementInputs.Check(variant.Run.Settings, data.Train) is { } weights)
            {
                inputs[Names.WarmUpWeights] = store.Put(weights);
            }
        }

        return new NewRun(LeverNames.Job, Json.Write(run), inputs.ToImmutable());
    }

    /// <summary>The run as its journal will hold it.</summary>
    public static LeversRun RunOf(RefinementSettings settings, ImmutableArray<LeverChoice> levers, LoadedData data)
    {
        var run = RefinementInputs.RunOf(settings, data);
        return new LeversRun(settings, run.Classes, run.TrainCounts, levers) { MoreTrainCounts = run.MoreTrainCounts };
    }
}
