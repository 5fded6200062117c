using Fer.Models;

namespace Fer.Actors.Devices;

/// <summary>The GPUs that this process may use, in the order in which CUDA numbers them.</summary>
/// <param name="Names">One a GPU.</param>
/// <param name="AreGiven">Whether CUDA_VISIBLE_DEVICES says which: nothing beside them is to be used then.</param>
internal sealed record VisibleGpus(IReadOnlyList<DeviceName> Names, bool AreGiven)
{
    private const string Slice = "MIG-";

    /// <param name="count">How many libtorch sees.</param>
    /// <param name="given">CUDA_VISIBLE_DEVICES; null or empty: all.</param>
    /// <param name="cuda">The same GPUs as CUDA knows them; none: it does not tell.</param>
    /// <param name="folder">Where the driver lists GPUs, those too that this process may not use.</param>
    public static VisibleGpus Of(int count, string? given, IReadOnlyList<CudaGpu> cuda, string folder = NvidiaGpus.Folder)
    {
        var entries = string.IsNullOrEmpty(given) ? null : given.Split(',', StringSplitOptions.TrimEntries);

        // Of several slices CUDA shows a process the first alone; each worker will see its own.
        var all = entries is not null && count > 0 ? Math.Max(Math.Min(count, entries.Length), entries.TakeWhile(IsSlice).Count()) : count;
        var uuids = Enumerable.Range(0, all).Select(i => UuidOf(i < cuda.Count ? cuda[i] : null, entries?[i] ?? "", folder)).ToList();
        return new VisibleGpus([.. uuids.Select((uuid, i) => new DeviceName("cuda", i) { Uuid = uuid, Id = IdOf(uuid, uuids) })], entries is not null);
    }

    /// <summary>The GPU of that number, or with a UUID that begins so. Throws <see cref="BadInputException"/> where there is none, or more than one.</summary>
    /// <param name="text">As the setting has it, for the sentence.</param>
    /// <param name="which">What stands after <c>cuda:</c>.</param>
    public DeviceName Find(string text, string which)
    {
        if (Names.Count == 0)
        {
            throw new BadInputException($"fer.devices: '{text}' does not exist: no GPU can be used here (fer doctor says why).");
        }

        if (int.TryParse(which, System.Globalization.NumberStyles.None, null, out var number))
        {
            return number < Names.Count
                ? Names[number]
                : throw new BadInputException($"fer.devices: '{text}' does not exist: this machine has {Names.Count} GPUs{(AreGiven ? " in CUDA_VISIBLE_DEVICES" : "")}.");
        }

        var found = Names.Where(n => n.Uuid.StartsWith(which, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var one] => one,

            // The driver's list has no slices: CUDA says whether there is one of that name.
            [] when IsSlice(which) && !AreGiven => new DeviceName("cuda", Names.Count) { Uuid = which, Id = IdOf(which, [which]) },
            [] => throw new BadInputException($"fer.devices: '{text}' does not exist: {(AreGiven ? "CUDA_VISIBLE_DEVICES has" : "this machine has")} {string.Join(", ", Names.Select(n => n.Uuid.Length > 0 ? n.Uuid : n.ToString()))}."),
            _ => throw new BadInputException($"fer.devices: '{text}' may be any of {string.Join(", ", found.Select(n => n.Uuid))}: expected enough of a UUID to tell them apart."),
        };
    }

    private static bool IsSlice(string entry) => entry.StartsWith(Slice, StringComparison.OrdinalIgnoreCase);

    // A UUID is used only where it is certain: a wrong one names a GPU that a worker cannot see, a number goes on as it was given. A number says
    // nothing here: the driver lists cards that a cgroup hides from CUDA, which counts without them.
    private static string UuidOf(CudaGpu? cuda, string entry, string folder) =>
        cuda is { } gpu && NvidiaGpus.Find($"GPU-{gpu.Uuid}", folder) is { } card ? card.Uuid
        : cuda is { } slice && slice.Uuid != slice.Card ? $"{Slice}{slice.Uuid}"
        : !entry.Contains('-', StringComparison.Ordinal) ? ""
        : NvidiaGpus.Find(entry, folder)?.Uuid is { Length: > 0 } listed ? listed : entry;

    // The first eight digits, as in GPU-5c89852c, where they tell it from the others: it stands in every line of a log.
    private static string IdOf(string uuid, IReadOnlyList<string> all)
    {
        var first = uuid.Split('-') is [var kind, { Length: 8 } digits, ..] ? $"{kind}-{digits}" : uuid;
        return (all.Count(u => u.StartsWith(first, StringComparison.OrdinalIgnoreCase)) > 1 ? uuid : first).Replace('/', '-');
    }
}
