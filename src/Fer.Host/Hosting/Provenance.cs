using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Reports;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Generators;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Host.Hosting;

/// <summary>A generated image as a run keeps it.</summary>
/// <param name="Step">The sampling step that made it.</param>
/// <param name="File">The step's file that holds it: kept, spare, rejected or drawn.</param>
internal sealed record FoundImage(string Step, string File, ImageRow Row, byte[] Pixels, ImageSet Set);

/// <summary>Finds generated images in a run and draws them again.</summary>
/// <param name="state">The run.</param>
/// <param name="store">Its artifacts.</param>
/// <param name="engine">How it is carried out.</param>
/// <param name="say">Is given warnings; null: nobody listens.</param>
internal sealed class Provenance(RunState state, ArtifactStore store, EngineSettings engine, Action<string>? say = null)
{
    private static readonly string[] Files = ["kept", "spare", "rejected", "drawn"];

    /// <summary>The image of this id; null when the run has none.</summary>
    public FoundImage? Find(string id)
    {
        foreach (var (step, file, set) in Sets(Files))
        {
            for (var i = 0; i < set.Count; i++)
            {
                if (set.Rows[i].Id == id)
                {
                    return At(step, file, set, i);
                }
            }
        }

        return null;
    }

    /// <summary>Images that classifiers were trained on, evenly spaced over all of them.</summary>
    public IEnumerable<FoundImage> Sample(int count)
    {
        // A placebo was drawn by no generator.
        var sets = Sets(["kept", "spare"]).Where(s => s.Set.Rows.All(r => r.Recipe is not null)).ToList();
        var total = sets.Sum(s => (long)s.Set.Count);
        for (var k = 0; k < Math.Min(count, total); k++)
        {
            var place = k * total / Math.Min(count, total);
            foreach (var (step, file, set) in sets)
            {
                if (place < set.Count)
                {
                    yield return At(step, file, set, (int)place);
                    break;
                }

                place -= set.Count;
            }
        }
    }

    /// <summary>Draws the image's batch again, as the run did, and takes the image out of it: 8-bit pixels, <c>[C, H, W]</c>.</summary>
    public byte[] Redraw(FoundImage image)
    {
        var recipe = image.Row.Recipe ?? throw new BadInputException($"'{image.Row.Id}' has no recipe: only generated images have one.");
        var generator = store.Get(recipe.Generator);
        var onGpu = Fact("device").Contains("cuda", StringComparison.Ordinal) && torch.cuda.is_available();
        if (onGpu)
        {
            CudaDeterminism.Enforce(say ?? (_ => { }));
        }

        var compute = new Compute(onGpu ? torch.CUDA : torch.CPU, Fact("precision") == "bf16" ? Precision.Bf16 : Precision.Fp32);
        return ComputeThread.Run(int.TryParse(Fact("threads-per-slot"), out var threads) ? threads : 1, () => Sampler.Redraw(generator, recipe, compute));
    }

    /// <summary>Why a redrawn image may differ here: what this machine has otherwise than the run's.</summary>
    public IReadOnlyList<string> Differences() => state.Fingerprint.Differences(ThisMachine());

    private Fingerprint ThisMachine()
    {
        try
        {
            return FingerprintOf.ThisMachine(engine);
        }
        catch (BadInputException)
        {
            // A device of the run does not exist here: what this machine would take by itself says how it differs.
            return FingerprintOf.ThisMachine(engine with { Devices = ["auto"] });
        }
    }

    private string Fact(string name) => state.Fingerprint.Facts.GetValueOrDefault(name, "");

    private IEnumerable<(string Step, string File, ImageSet Set)> Sets(IReadOnlyList<string> files)
    {
        var samples = state.Loops().SelectMany(l => state.Rounds(l).SelectMany(r => state.Samples(r, l).Concat(state.UncheckedSamples(r, l)))).Select(s => s.Step).Concat(state.LeverSamples());
        foreach (var step in samples.Where(s => s.Status == StepStatus.Completed))
        {
            foreach (var file in files)
            {
                if (step.Files.TryGetValue(file, out var hash))
                {
                    yield return (step.Spec.Name, file, ImageSet.Read(store.Get(hash), $"{step.Spec.Name}, {file}"));
                }
            }
        }
    }

    private static FoundImage At(string step, string file, ImageSet set, int index) => new(step, file, set.Rows[index], set.Image(index).ToArray(), set);
}
