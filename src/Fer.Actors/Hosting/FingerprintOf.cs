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
    public static Fingerprint ThisMachine(EngineSettings engine)
    {
        var devices = DeviceName.Resolve(engine.Devices);
        var facts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        facts["models"] = ModelsHash();
        facts["device"] = string.Join('+', devices.Select(d => d.Kind).Distinct().Order(StringComparer.Ordinal));
        facts["threads-per-slot"] = engine.ThreadsPerSlot.ToString(CultureInfo.InvariantCulture);
        facts["precision"] = Precision(engine);
        facts["torch"] = Versions.LibTorch;
        facts["torchsharp"] = Versions.TorchSharp;
        facts["opencvsharp"] = Versions.OpenCvSharp;
        facts["processor"] = $"{Processor.Current.Vendor} {Processor.Current.FeatureText}";
        return new Fingerprint(facts.ToImmutable());
    }

    /// <summary><c>fp32</c> or <c>bf16</c>: chosen by what the processor is, never by a timing.</summary>
    public static string Precision(EngineSettings engine) =>
        engine.Precision == "auto" ? (Processor.Current.PaysBf16 ? "bf16" : "fp32") : engine.Precision;

    // The compiler derives a module's version id from its source and settings: the same source has the same id, also
    // where the assembly was compiled ahead of time afterwards.
    private static string ModelsHash() => typeof(ImageSet).Module.ModuleVersionId.ToString("N");
}
