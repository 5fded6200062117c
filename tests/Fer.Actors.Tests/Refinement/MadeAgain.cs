using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Refinement;

internal static class MadeAgain
{
    /// <summary>A step of a plain kind opened where there is nothing to compute on gives the bytes that it gave on its slot.</summary>
    public static void WithoutDevice(StepState step, ArtifactStore store)
    {
        using var work = JobRegistry.KindOf(step.Spec).Open(new StepContext(step.Spec, role => store.Get(step.Spec.Inputs[role]), null!, Adjustments.None, null));
        while (!work.Done)
        {
            work.Advance();
        }

        var made = work.Finish();
        Assert.Equal(step.Files, made.Files.ToImmutableSortedDictionary(f => f.Key, f => store.Put(f.Value), StringComparer.Ordinal));
        Assert.Equal(step.Figures, made.Figures);
    }
}
