namespace Fer.Actors.Devices;

/// <summary>
/// Models of GPUs as NVIDIA's driver for Linux lists them: a folder per GPU, named by its bus id, with lines <c>Model:</c> and
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
        var gpus = List(folder);
        var found = int.TryParse(entry, out var number)
            ? gpus.ElementAtOrDefault(number)
            : gpus.FirstOrDefault(g => g.Uuid.StartsWith(entry, StringComparison.OrdinalIgnoreCase));
        var models = gpus.Select(g => g.Model).Distinct().ToList();
        return found.Model ?? (models.Count == 1 ? models[0] : Unknown);
    }

    private static List<(string Model, string Uuid)> List(string folder)
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

    private static (string Model, string Uuid) Read(string[] lines) => (Value(lines, "Model:") ?? Unknown, Value(lines, "GPU UUID:") ?? "");

    private static string? Value(string[] lines, string name) =>
        lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
}
