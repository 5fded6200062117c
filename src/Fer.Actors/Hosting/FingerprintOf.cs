using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Models.Data;
using Fer.Models.Native;

namespace Fer.Actors.Hosting;

/// <summary>What decides bits on this machine under these settings.</summary>
public static class FingerprintOf
{
    public static Fingerprint ThisMachine(EngineSettings engine) =>
        Of(engine, DeviceName.Resolve(engine.Devices), Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), NvidiaGpus.Folder);

    /// <param name="engine">Threads and precision.</param>
    /// <param name="devices">The slots.</param>
    /// <param name="visible">A given CUDA_VISIBLE_DEVICES.</param>
    /// <param name="gpus">Where the driver lists GPUs.</param>
    internal static Fingerprint Of(EngineSettings engine, IReadOnlyList<DeviceName> devices, string? visible, string gpus)
    {
        var facts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        facts[Models] = ModelsHash();
        facts["device"] = string.Join('+', devices.Select(d => d.Kind).Distinct().Order(StringComparer.Ordinal));
        if (devices.Any(d => d.IsCuda))
        {
            // Kernels are chosen by the model; how many of one model there are decides no bits.
            var models = devices.Where(d => d.IsCuda).Select(d => NvidiaGpus.ModelOf(ProcessLane.VisibleDevice(visible, d), gpus));
            facts["gpu"] = string.Join(" + ", models.Distinct().Order(StringComparer.Ordinal));
        }

        facts["threads-per-slot"] = engine.ThreadsPerSlot.ToString(CultureInfo.InvariantCulture);
        facts["precision"] = Precision(engine, devices);
        facts[Rollback] = RollbackOf(engine);
        facts["torch"] = Versions.LibTorch;
        facts["torchsharp"] = Versions.TorchSharp;
        facts["opencvsharp"] = Versions.OpenCvSharp;
        facts[ProcessorFact] = $"{Processor.Current.Vendor} {Processor.Current.FeatureText}";
        return new Fingerprint(facts.ToImmutable());
    }

    private const string Rollback = "rollback";

    private const string Models = "models";

    // The C library chooses its functions by what the processor can do.
    private const string ProcessorFact = "processor";

    private static string RollbackOf(EngineSettings engine) => string.Create(CultureInfo.InvariantCulture, $"{engine.MaxRollbacks} times to a multiple of {engine.RollbackUnits}");

    /// <summary>What a slot is, whatever run it computes for: all but what the run itself says about going back.</summary>
    public static Fingerprint OfSlot(EngineSettings engine, DeviceName slot)
    {
        var all = Of(engine, [slot], Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), NvidiaGpus.Folder);
        return new Fingerprint(all.Facts.Remove(Rollback));
    }

    /// <summary>The fingerprint of a run that computes on such slots.</summary>
    public static Fingerprint OnSlots(Fingerprint slot, EngineSettings run) => new(slot.Facts.SetItem(Rollback, RollbackOf(run)));

    /// <summary>Digest of what a slot must be so that it keeps a run's bits.</summary>
    public static string PlaceOf(Fingerprint run) => new Fingerprint(run.Facts.Remove(Rollback)).Digest;

    /// <summary>Digest of what a slot must be for steps of a plain kind (<see cref="StepKind.IsPlain"/>): all that managed code goes by.</summary>
    public static string PlainPlaceOf(Fingerprint run) => new Fingerprint(run.Facts.Where(f => f.Key is Models or ProcessorFact).ToImmutableSortedDictionary(StringComparer.Ordinal)).Digest;

    /// <summary>The precision that a fingerprint says.</summary>
    public static string PrecisionOf(Fingerprint run) => run.Facts.GetValueOrDefault("precision", "fp32");

    /// <summary><c>fp32</c> or <c>bf16</c>: chosen by what the processor is where it computes, never by a timing. A GPU gets fp32 unless asked otherwise.</summary>
    public static string Precision(EngineSettings engine, IReadOnlyList<DeviceName> devices) =>
        engine.Precision == "auto" ? (Processor.Current.PaysBf16 && !devices.Any(d => d.IsCuda) ? "bf16" : "fp32") : engine.Precision;

    // The compiler derives a module's version id from its source and settings: the same source has the same id, also
    // where the assembly was compiled ahead of time afterwards.
    private static string ModelsHash() => typeof(ImageSet).Module.ModuleVersionId.ToString("N");
}
