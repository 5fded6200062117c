using System.Runtime.InteropServices;

namespace Fer.Process.Tests;

/// <summary>
/// A single thread of another process that does not move any more while the others do, as one that hangs in a driver or on
/// a dead network disk: held by ptrace(2). Let go when disposed.
/// </summary>
internal sealed class HeldThread : IDisposable
{
    private const int Seize = 0x4206;
    private const int Interrupt = 0x4207;
    private const int Continue = 7;
    private const int AnyThread = 0x40000000;

    private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim enough = new();

    private HeldThread(string task, string library)
    {
        // ptrace's calls must all come from one thread, and what it holds goes on when that thread ends.
        new Thread(() => Hold(task, library)) { IsBackground = true }.Start();
        held.Task.GetAwaiter().GetResult();
    }

    /// <summary>Holds the thread of a process that has this name while it is in a native library. Null when the process has no such thread.</summary>
    /// <param name="library">Part of the library's path. A thread held in managed code would keep the garbage collector from ever starting, which no driver does.</param>
    public static HeldThread? Named(int process, string name, string library)
    {
        var task = Directory.EnumerateDirectories($"/proc/{process}/task").FirstOrDefault(t => File.ReadAllText(Path.Combine(t, "comm")).Trim() == name);
        return task is null ? null : new HeldThread(task, library);
    }

    private void Hold(string task, string library)
    {
        var id = int.Parse(Path.GetFileName(task));
        var error = Trace(Seize, id, 0, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        for (var stopped = false; error == 0 && !stopped;)
        {
            error = Trace(Interrupt, id, 0, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
            _ = Wait(id, out _, AnyThread);
            stopped = IsIn(task, library);
            if (!stopped)
            {
                _ = Trace(Continue, id, 0, 0);
                Thread.Yield();
            }
        }

        if (error != 0)
        {
            held.SetException(new InvalidOperationException($"Thread {id} cannot be held: errno {error}."));
            return;
        }

        held.SetResult();

        // A held thread that is killed is only gone when its holder has taken note of it.
        while (!enough.Wait(20))
        {
            _ = Wait(id, out _, AnyThread | 1);
        }
    }

    // The last word of a stopped thread's "syscall" is its program counter.
    private static bool IsIn(string task, string library)
    {
        var counter = Convert.ToUInt64(File.ReadAllText(Path.Combine(task, "syscall")).Trim().Split(' ')[^1], 16);
        return File.ReadLines(Path.Combine(task, "maps")).Where(l => l.Contains(library, StringComparison.Ordinal)).Any(line =>
        {
            var range = line.Split(' ')[0].Split('-');
            return counter >= Convert.ToUInt64(range[0], 16) && counter < Convert.ToUInt64(range[1], 16);
        });
    }

    public void Dispose() => enough.Set();

    [DllImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    private static extern nint Trace(nint request, int id, nint address, nint data);

    [DllImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static extern int Wait(int id, out int status, int options);
}
