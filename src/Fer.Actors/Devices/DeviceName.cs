using System.Globalization;
using Fer.Models;
using TorchSharp;

namespace Fer.Actors.Devices;

/// <summary>A slot to compute on: <c>cpu:1</c>, <c>cuda:0</c>.</summary>
public readonly record struct DeviceName(string Kind, int Index)
{
    public bool IsCuda => Kind == "cuda";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}:{Index}");

    /// <summary>Turns the setting into slots that exist here. Throws <see cref="BadInputException"/> for one that does not.</summary>
    public static IReadOnlyList<DeviceName> Resolve(IReadOnlyList<string> setting)
    {
        if (setting.Count == 0 || (setting.Count == 1 && setting[0] == "auto"))
        {
            var gpus = GpuCount();
            return gpus > 0
                ? [.. Enumerable.Range(0, gpus).Select(i => new DeviceName("cuda", i))]
                : [.. Enumerable.Range(0, Environment.ProcessorCount).Select(i => new DeviceName("cpu", i))];
        }

        var names = setting.Select(Parse).ToList();
        var twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1);
        return twice is null ? names : throw new BadInputException($"fer.devices: '{twice.Key}' is named twice.");
    }

    private static DeviceName Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 2 || parts[0] is not ("cpu" or "cuda") || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            throw new BadInputException($"fer.devices: '{text}' is no device: expected auto, cpu:0, cpu:1 … or cuda:0, cuda:1 ….");
        }

        if (parts[0] == "cpu")
        {
            return index < Environment.ProcessorCount
                ? new DeviceName("cpu", index)
                : throw new BadInputException($"fer.devices: '{text}' does not exist: this machine has {Environment.ProcessorCount} processor cores, cpu:0 to cpu:{Environment.ProcessorCount - 1}.");
        }

        var gpus = GpuCount();
        return index < gpus
            ? new DeviceName("cuda", index)
            : throw new BadInputException($"fer.devices: '{text}' does not exist: {(gpus == 0 ? "no GPU can be used here (fer doctor says why)" : $"this machine has {gpus} GPUs")}.");
    }

    private static int GpuCount() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;
}
