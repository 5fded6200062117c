using System.Globalization;
using Fer.Models;
using TorchSharp;

namespace Fer.Actors.Devices;

/// <summary>
/// A slot to compute on: <c>cpu:1</c>, <c>cuda:GPU-5c89852c</c>. A GPU is called by its UUID where that is known, which stays when cards
/// are numbered anew at a reboot; else by its number.
/// </summary>
/// <param name="Index">As this process counts: of a GPU the number by which torch knows it.</param>
public readonly record struct DeviceName(string Kind, int Index)
{
    /// <summary>A GPU's, or that of a slice of one (MIG), as CUDA_VISIBLE_DEVICES takes it; empty: not known, or no GPU.</summary>
    public string Uuid { get; init; } = "";

    /// <summary>What stands after the colon; empty: the number.</summary>
    public string Id { get; init; } = "";

    public bool IsCuda => Kind == "cuda";

    /// <summary>torch's device in this process.</summary>
    public string Torch => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}") : "cpu";

    public override string ToString() => Id.Length > 0 ? $"{Kind}:{Id}" : string.Create(CultureInfo.InvariantCulture, $"{Kind}:{Index}");

    /// <summary>Turns the setting into slots that exist here. Throws <see cref="BadInputException"/> for one that does not.</summary>
    public static IReadOnlyList<DeviceName> Resolve(IReadOnlyList<string> setting) =>
        Resolve(setting, () =>
        {
            var count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
            return VisibleGpus.Of(count, Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), CudaGpus.Of(count));
        });

    /// <param name="gpus">Asked only where GPUs matter: it starts CUDA.</param>
    internal static IReadOnlyList<DeviceName> Resolve(IReadOnlyList<string> setting, Func<VisibleGpus> gpus)
    {
        if (setting.Count == 0 || (setting.Count == 1 && setting[0] == "auto"))
        {
            return gpus() is { Names.Count: > 0 } all ? all.Names : [.. Enumerable.Range(0, Environment.ProcessorCount).Select(i => new DeviceName("cpu", i))];
        }

        var visible = new Lazy<VisibleGpus>(gpus);
        var names = setting.Select(text => Parse(text, visible)).ToList();
        var twice = names.GroupBy(n => n.ToString()).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? [.. names.Select((n, i) => n with { Index = IsExtra(n, visible) ? visible.Value.Names.Count + i : n.Index })]
            : throw new BadInputException($"fer.devices: '{twice.Key}' is named twice.");
    }

    // Each slot has a dispatcher by its number: those that no number was given for get the next.
    private static bool IsExtra(DeviceName name, Lazy<VisibleGpus> visible) => name.IsCuda && name.Index >= visible.Value.Names.Count;

    private static DeviceName Parse(string text, Lazy<VisibleGpus> gpus)
    {
        switch (text.Split(':'))
        {
            case ["cpu", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index):
                return index < Environment.ProcessorCount
                    ? new DeviceName("cpu", index)
                    : throw new BadInputException($"fer.devices: '{text}' does not exist: this machine has {Environment.ProcessorCount} processor cores, cpu:0 to cpu:{Environment.ProcessorCount - 1}.");
            case ["cuda", var which] when IsNumberOrUuid(which):
                return gpus.Value.Find(text, which);
            default:
                throw new BadInputException($"fer.devices: '{text}' is no device: expected auto, cpu:0, cpu:1 …, cuda:0, cuda:1 … or a GPU's UUID or its beginning, cuda:GPU-5c89852c.");
        }
    }

    private static bool IsNumberOrUuid(string which) =>
        int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out _) || which.StartsWith("GPU-", StringComparison.OrdinalIgnoreCase) || which.StartsWith("MIG-", StringComparison.OrdinalIgnoreCase);
}
