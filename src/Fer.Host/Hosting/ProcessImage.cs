using System.Runtime.InteropServices;

namespace Fer.Host.Hosting;

/// <summary>Has this program start anew with other arguments. Gives why it could not, or never returns.</summary>
internal delegate string StartAnew(IReadOnlyList<string> arguments);

/// <summary>This program as the system sees it.</summary>
internal static class ProcessImage
{
    /// <summary>How this program is started, without arguments: its own executable, or <c>dotnet fer.dll</c>.</summary>
    public static IReadOnlyList<string> Self
    {
        get
        {
            var path = Environment.ProcessPath ?? "dotnet";
            return Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
                ? [path, typeof(ProcessImage).Assembly.Location]
                : [path];
        }
    }

    /// <summary>
    /// Replaces this process by a new one of the same id, as execv(3) does: threads that hang in native code go, whoever waits for
    /// the process goes on waiting. The lock of a run is closed with its file, which .NET opens close-on-exec.
    /// </summary>
    public static string Replace(IReadOnlyList<string> arguments)
    {
        if (OperatingSystem.IsWindows())
        {
            return "this system cannot replace a process";
        }

        string?[] all = [.. Self, .. arguments, null];
        _ = Execute(all[0]!, all);
        return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
    }

    // LPStr is UTF-8 here; an array knows no LPUTF8Str.
    [DllImport("libc", EntryPoint = "execv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Execute([MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
}
