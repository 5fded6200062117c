using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Fer.Process.Tests;

/// <summary>A system call that strace saw.</summary>
/// <param name="Path">What it was made on; of a rename the old name.</param>
/// <param name="Text">The whole line.</param>
/// <param name="Result">What it returned; <c>?</c>: the process died in it.</param>
internal sealed record TracedCall(int Thread, string Name, string Path, string Text, string Result)
{
    public bool Made => Result is not "?" && Result[0] != '-';
}

/// <summary>Which calls strace looks at, on which paths (none: on all), and what it does to the program there.</summary>
/// <param name="Paths">Exact ones; <c>{pid}</c> stands for the program's process id. Of a rename, strace compares the old name only.</param>
/// <param name="Injection">Such as <c>rename:signal=SIGKILL</c>.</param>
internal sealed record Tracing(string Calls, IReadOnlyCollection<string> Paths, string? Injection)
{
    public const string Pid = "{pid}";
}

/// <summary>
/// The program under strace. What was seen with strace 6.1 on Linux 6.18, in each of five trials:
/// SIGKILL injected into a call ends the process at its entry, the call is not made (<c>= ?</c>); SIGSTOP injected into a call
/// waits until the call has returned, then no thread of the program gets any further. Both hold without
/// <c>--seccomp-bpf</c> only (with it, strace drops the signal of all but a thread's first call), and cost this program no time worth
/// the name. <c>-D</c> makes strace the grandchild: the process started here becomes the program.
/// </summary>
internal sealed partial class TracedRun : IDisposable
{
    private const int Continued = 18;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly System.Diagnostics.Process program;
    private readonly CancellationTokenSource late = new(Longest);

    private TracedRun(System.Diagnostics.Process program)
    {
        this.program = program;
        late.Token.Register(program.Kill);
    }

    public static bool IsPossible()
    {
        try
        {
            using var strace = System.Diagnostics.Process.Start(FerProcess.Start("strace", "-f", "-qq", "-e", "trace=fsync", "true"))!;
            strace.WaitForExit();
            return strace.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public static TracedRun Start(Tracing tracing, IEnumerable<string> arguments)
    {
        var start = FerProcess.Start("sh");
        start.RedirectStandardInput = true;
        var shell = System.Diagnostics.Process.Start(start)!;
        var id = shell.Id.ToString(CultureInfo.InvariantCulture);
        string[] all =
        [
            "strace", "-D", "-f", "-y", "-qq", "-s", "4200", "-o", "/dev/stderr", "-e", "signal=none", "-e", $"trace={tracing.Calls}",
            .. tracing.Injection is null ? [] : new[] { "-e", $"inject={tracing.Injection}" },
            .. tracing.Paths.SelectMany(p => new[] { "-P", p.Replace(Tracing.Pid, id, StringComparison.Ordinal) }),
            "sh", "-c", "exec \"$@\" >/dev/null 2>/dev/null </dev/null", "sh", "dotnet", FerProcess.Dll, .. arguments,
        ];

        // The shell is asked only now, when its id, which becomes the program's, is known.
        shell.StandardInput.WriteLine("exec " + string.Join(' ', all.Select(a => $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'")));
        shell.StandardInput.Close();
        return new TracedRun(shell);
    }

    /// <summary>Calls as they end, until the program does; at last those that it died in.</summary>
    public IEnumerable<TracedCall> Calls()
    {
        var unfinished = new Dictionary<int, string>();
        while (program.StandardError.ReadLine() is { } line)
        {
            if (Beginning().Match(line) is { Success: true } begun)
            {
                unfinished[int.Parse(begun.Groups["thread"].Value, CultureInfo.InvariantCulture)] = begun.Groups["call"].Value;
            }
            else if (Ending().Match(line) is { Success: true } ended && unfinished.Remove(int.Parse(ended.Groups["thread"].Value, CultureInfo.InvariantCulture), out var start))
            {
                yield return Parse(start + ended.Groups["rest"].Value);
            }
            else if (Call().IsMatch(line))
            {
                yield return Parse(line);
            }
        }

        foreach (var call in unfinished.Values)
        {
            yield return Parse(call + ") = ?");
        }

        program.WaitForExit();
        if (late.IsCancellationRequested)
        {
            throw new TimeoutException($"The traced program did not end in {Longest.TotalMinutes} minutes.");
        }
    }

    /// <summary>Whether SIGKILL ended it. To be asked when <see cref="Calls"/> has ended.</summary>
    public bool WasKilled => program.ExitCode == 128 + 9;

    public int ExitCode => program.ExitCode;

    public void Kill() => program.Kill();

    /// <summary>After a SIGSTOP that was injected.</summary>
    public void Continue() => _ = Signal(program.Id, Continued);

    public void Dispose()
    {
        late.Dispose();
        if (!program.HasExited)
        {
            program.Kill();
        }

        program.Dispose();
    }

    private static TracedCall Parse(string line)
    {
        var match = Call().Match(line);
        return match.Success
            ? new TracedCall(int.Parse(match.Groups["thread"].Value, CultureInfo.InvariantCulture), match.Groups["name"].Value, match.Groups["path"].Value, line, match.Groups["result"].Value)
            : throw new InvalidDataException($"No line of strace that this test knows: {line}");
    }

    [GeneratedRegex("^(?<thread>[0-9]+) +(?<name>[a-z0-9]+)\\((?:[0-9]+<|\")(?<path>[^>\"]+)[>\"].*\\) += (?<result>\\?|-?[0-9]+)", RegexOptions.Singleline)]
    private static partial Regex Call();

    [GeneratedRegex("^(?<call>(?<thread>[0-9]+) +[a-z0-9]+\\(.*) <unfinished \\.\\.\\.>$", RegexOptions.Singleline)]
    private static partial Regex Beginning();

    [GeneratedRegex("^(?<thread>[0-9]+) +<\\.\\.\\. [a-z0-9]+ resumed>(?<rest>.*)$", RegexOptions.Singleline)]
    private static partial Regex Ending();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Signal(int process, int signal);
}
