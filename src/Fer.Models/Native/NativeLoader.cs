using System.Runtime.InteropServices;

namespace Fer.Models.Native;

/// <summary>How a native library came into the process, or why it could not.</summary>
/// <param name="Name">What it is called by those who use it: <c>libtorch</c>, <c>OpenCV</c>.</param>
/// <param name="Version">Version of the library itself, "" when it could not be loaded.</param>
/// <param name="Loaded">Whether it can be used.</param>
/// <param name="How"><c>as it is</c>; <c>cured in memory: </c> and why; or the sentence that says what is wrong.</param>
public sealed record NativeLibraryState(string Name, string Version, bool Loaded, string How);

/// <summary>A change that lets a library load on systems whose loader refuses it as it is.</summary>
/// <param name="Applies">Whether the loader's message names the trouble that this cures.</param>
/// <param name="Change">The changed library's bytes; throws <see cref="BadImageFormatException"/> when it would not be harmless.</param>
/// <param name="Why">The trouble in a few words.</param>
internal sealed record NativeCure(Func<string, bool> Applies, Func<byte[], byte[]> Change, string Why);

/// <summary>
/// Loads one native library: the plain load first; when that fails for the reason that the cure knows, a changed copy
/// from memory. The file itself is never touched: it may be a link into the package cache.
/// </summary>
internal sealed class NativeLoader(string name, string library, string[] companions, NativeCure cure, Action<nint>? onLoaded = null)
{
    private readonly Lock gate = new();
    private nint handle;
    private string how = "";

    public string Name => name;

    public string Library => library;

    /// <summary>"as it is", or what was done; a sentence that says what is wrong when <see cref="Load"/> gave 0.</summary>
    public string How => how;

    /// <summary>The library's handle; 0 when it cannot be loaded. Tries once, then answers the same.</summary>
    public nint Load()
    {
        lock (gate)
        {
            if (handle == 0 && how.Length == 0)
            {
                handle = TryLoad(out how);
                if (handle != 0)
                {
                    onLoaded?.Invoke(handle);
                }
            }

            return handle;
        }
    }

    private nint TryLoad(out string outcome)
    {
        var fileName = OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
        var missing = (OperatingSystem.IsLinux() ? companions : []).Append(fileName).FirstOrDefault(f => Find(f) is null);
        if (missing is not null)
        {
            outcome = $"{name} cannot be loaded: {missing} is not in {AppContext.BaseDirectory} or below it; build or publish again to bring it there.";
            return 0;
        }

        var file = Find(fileName)!;
        outcome = "as it is";
        try
        {
            return WithCompanions(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            if (OperatingSystem.IsLinux() && cure.Applies(e.Message))
            {
                return Cured(file, out outcome);
            }

            outcome = $"{name} cannot be loaded from {file}: {Reason(e)}";
            return 0;
        }
    }

    private nint Cured(string file, out string outcome)
    {
        try
        {
            var (loaded, where) = MemoryImage.Load(Path.GetFileName(file), cure.Change(File.ReadAllBytes(file)));
            outcome = $"cured {where}: {cure.Why}";
            return loaded;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            outcome = $"{name} cannot be loaded from {file}: {cure.Why}, and it cannot be made to do without. {Reason(e)}";
            return 0;
        }
    }

    /// <summary>
    /// Companions come first and by full path: the loader then finds them by name wherever the library itself lies, a
    /// cured copy in memory included.
    /// </summary>
    private nint WithCompanions(string file)
    {
        foreach (var companion in OperatingSystem.IsLinux() ? companions : [])
        {
            NativeLibrary.Load(Find(companion)!);
        }

        return NativeLibrary.Load(file);
    }

    private static string? Find(string fileName) =>
        ((AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append(AppContext.BaseDirectory)
        .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"))
        .Select(folder => Path.Combine(folder, fileName))
        .FirstOrDefault(File.Exists);

    // The runtime's message lists every place it looked at; the loader's own reason stands in one line of it.
    private static string Reason(Exception e)
    {
        var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(l => l.Contains("cannot open shared object", StringComparison.Ordinal) || l.Contains("not found (required", StringComparison.Ordinal)) ?? lines[0];
    }
}
