namespace Fer.Actors.Devices;

/// <summary>A GPU as the driver calls it; its UUID is the card's own, whatever slot or order it is found in.</summary>
internal sealed record NvidiaGpu(string Model, string Uuid);

/// <summary>
/// GPUs as NVIDIA's driver for Linux lists them: a folder per GPU, named by its bus id, with lines <c>Model:</c> and
/// <c>GPU UUID:</c> in its file <c>information</c>.
/// </summary>
internal static class NvidiaGpus
{
    public const string Folder = "/proc/driver/nvidia/gpus";

    /// <summary>Said where the driver does not list the GPU, as with a slice of one (MIG).</summary>
    public const string Unknown = "unknown";

    /// <summary>
    /// The model behind an entry of CUDA_VISIBLE_DEVICES: a number, which counts by bus id as it does for CUDA under
    /// CUDA_DEVICE_ORDER=PCI_BUS_ID, or a UUID or the beginning of one. Where all GPUs are of one model, any entry is of that.
    /// </summary>
    public static string ModelOf(string entry, string folder = Folder)
    {
        var models = List(folder).Select(g => g.Model).Distinct().ToList();
        return Find(entry, folder)?.Model ?? (models.Count == 1 ? models[0] : Unknown);
    }

    /// <summary>The GPU behind such an entry; null where the driver lists none.</summary>
    public static NvidiaGpu? Find(string entry, string folder = Folder) => int.TryParse(entry, out var number)
        ? List(folder).ElementAtOrDefault(number)
        : List(folder).FirstOrDefault(g => g.Uuid.StartsWith(entry, StringComparison.OrdinalIgnoreCase));

    private static List<NvidiaGpu> List(string folder)
    {
        try
        {
            return [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(gpu => Read(File.ReadAllLines(Path.Combine(gpu, "information"))))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or a container that hides it.
            return [];
        }
    }

    private static NvidiaGpu Read(string[] lines) => new(Value(lines, "Model:") ?? Unknown, Value(lines, "GPU UUID:") ?? "");

    private static string? Value(string[] lines, string name) =>
        lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
}
