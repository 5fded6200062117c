using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Fer.Models.Native;

/// <summary>What the processor is, as far as it decides bits or speed.</summary>
/// <param name="Vendor"><c>GenuineIntel</c>, <c>AuthenticAMD</c> …; "unknown" where the system does not say.</param>
/// <param name="Model">The model's name as the system gives it.</param>
/// <param name="Features">
/// Those of <see cref="Watched"/> that it has, in that order. libtorch and OpenCV choose their kernels by them, so two
/// processors with different ones may give different bits.
/// </param>
/// <param name="Cores">Processors that the system offers this process.</param>
public sealed record Processor(string Vendor, string Model, ImmutableArray<string> Features, int Cores)
{
    /// <summary>The features that are looked for, by their names in Linux's <c>/proc/cpuinfo</c>.</summary>
    public static ImmutableArray<string> Watched { get; } = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "asimd", "sve", "bf16"];

    /// <summary>This machine's processor.</summary>
    public static Processor Current { get; } = Detect();

    /// <summary>
    /// Whether networks run faster in bf16 than in fp32: measured ×2 and more with AMX, and slower on every processor
    /// without it (×0.9 with avx512_bf16 alone, ×0.07 with AVX2).
    /// </summary>
    public bool PaysBf16 => Features.Contains("amx_bf16");

    /// <summary>The features as one text, for a fingerprint.</summary>
    public string FeatureText => string.Join(' ', Features);

    /// <summary>Reads the text of Linux's <c>/proc/cpuinfo</c>; null when it names no features.</summary>
    public static Processor? Parse(string cpuinfo, int cores)
    {
        ArgumentNullException.ThrowIfNull(cpuinfo);
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in cpuinfo.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                facts.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
            }
        }

        // "flags" on x86, "Features" on Arm.
        if (!facts.TryGetValue("flags", out var flags) && !facts.TryGetValue("Features", out flags))
        {
            return null;
        }

        var has = flags.Split(' ').ToHashSet(StringComparer.Ordinal);
        return new Processor(
            facts.GetValueOrDefault("vendor_id") ?? facts.GetValueOrDefault("CPU implementer") ?? "unknown",
            facts.GetValueOrDefault("model name") ?? facts.GetValueOrDefault("CPU part") ?? "unknown",
            [.. Watched.Where(has.Contains)],
            cores);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model} ({Cores} cores; {FeatureText})");

    private static Processor Detect()
    {
        try
        {
            if (Parse(File.ReadAllText("/proc/cpuinfo"), Environment.ProcessorCount) is { } read)
            {
                return read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another system, or one that hides it: what the runtime knows is enough.
        }

        (string Name, bool Has)[] known =
        [
            ("sse4_2", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported), ("avx512f", Avx512F.IsSupported),
            ("asimd", System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported),
        ];
        return new Processor("unknown", RuntimeInformation.ProcessArchitecture.ToString(), [.. known.Where(k => k.Has).Select(k => k.Name)], Environment.ProcessorCount);
    }
}
