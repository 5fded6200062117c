using System.Runtime.InteropServices;
using Fer.Host.Commands;

namespace Fer.Host.Hosting;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal: the first asks the program to save everything and stop, however long that
/// takes; the second ends the process at once.
/// </summary>
public sealed class Shutdown : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly Action<string> tell;
    private readonly Action abort;
    private int asked;

    /// <param name="tell">Is given one sentence at the first signal.</param>
    /// <param name="abort">What the second does; null: ends the process with <see cref="ExitCode.Aborted"/>.</param>
    public Shutdown(Action<string> tell, Action? abort = null)
    {
        this.tell = tell;
        this.abort = abort ?? Abort;
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Ask();
            }));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    internal void Ask()
    {
        if (Interlocked.Increment(ref asked) > 1)
        {
            abort();
            return;
        }

        tell("Stopping: every step is being saved. Ctrl-C again aborts at once.");

        // Cancel runs the callbacks, and the second signal must not wait for them.
        _ = source.CancelAsync();
    }

    public void Dispose()
    {
        registrations.ForEach(r => r.Dispose());
        source.Dispose();
    }

    // Native code is computing: leave without running anything of this process, its libraries' clean-up included.
    private static void Abort()
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(ExitCode.Aborted);
        }

        Exit(ExitCode.Aborted);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int code);
}
