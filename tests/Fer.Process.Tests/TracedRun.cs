using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Fer.Process.Tests;

/// <summary>A call that makes something last: which, on what.</summary>
internal sealed record LastingCall(string Kind, string Path);

/// <summary>
/// The program under strace, which holds each call that makes something last for a moment before it is made: time to
/// kill the process just before, or, waiting the moment out, just after.
/// </summary>
internal sealed partial class TracedRun
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(15);

    private const string Calls = "fsync,fdatasync,rename,unlink";

    /// <summary>Goes on with the run until its <paramref name="killAt"/>-th lasting call, and kills it there. Null: the run ended before.</summary>
    public static LastingCall? KillAt(IEnumerable<string> arguments, string folder, int killAt, bool after)
    {
        var moment = ((int)Moment.TotalMilliseconds * 1000).ToString(CultureInfo.InvariantCulture);
        var start = FerProcess.Start(
            "strace",
            ["-f", "-y", "-qq", "--seccomp-bpf", "-e", "signal=none", "-e", $"trace={Calls}", "-e", $"inject={Calls}:delay_enter={moment}", "sh", "-c", "exec \"$@\" >/dev/null 2>/dev/null", "sh", "dotnet", FerProcess.Dll, .. arguments]);
        using var strace = System.Diagnostics.Process.Start(start)!;
        var seen = 0;
        var text = new StringBuilder();
        var chunk = new char[4096];
        int read;
        while ((read = strace.StandardError.Read(chunk, 0, chunk.Length)) > 0)
        {
            text.Append(chunk, 0, read);
            var all = text.ToString();
            var end = 0;
            foreach (Match match in Call().Matches(all))
            {
                end = match.Index + match.Length;
                var path = match.Groups["path"].Value;
                if (path.StartsWith(folder, StringComparison.Ordinal) && KindOf(match.Groups["call"].Value, path[folder.Length..]) is { } kind && ++seen == killAt)
                {
                    if (after)
                    {
                        Thread.Sleep(2 * Moment);
                    }

                    KillChildOf(strace.Id);
                    strace.WaitForExit();
                    return new LastingCall(kind, path);
                }
            }

            text.Remove(0, end);
        }

        strace.WaitForExit();
        return null;
    }

    private static string? KindOf(string call, string path) => (call, path) switch
    {
        ("fsync", _) when path.StartsWith("/artifacts/aside/", StringComparison.Ordinal) => "content",
        ("rename", _) when path.StartsWith("/artifacts/", StringComparison.Ordinal) => "rename",
        ("fsync", _) when path.StartsWith("/artifacts", StringComparison.Ordinal) => "folder",
        ("unlink", _) when path.StartsWith("/artifacts/", StringComparison.Ordinal) => "retire",
        ("fsync" or "fdatasync", _) when path.StartsWith("/journal.db", StringComparison.Ordinal) => "journal",
        _ => null,
    };

    // strace's only child became the program by exec.
    private static void KillChildOf(int strace)
    {
        var children = File.ReadAllText($"/proc/{strace}/task/{strace}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var child in children)
        {
            using var process = System.Diagnostics.Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture));
            process.Kill();
        }
    }

    [GeneratedRegex("(?<call>fsync|fdatasync|rename|unlink)\\((?:\\d+<|\")(?<path>[^>\"]+)[>\"]")]
    private static partial Regex Call();
}
