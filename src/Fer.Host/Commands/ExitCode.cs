namespace Fer.Host.Commands;

/// <summary>What <c>fer</c> says to the shell; the one place where these numbers stand. <c>fer --help</c> prints them.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary><c>verify</c>, <c>trace</c> or <c>doctor</c> looked and found something wrong.</summary>
    public const int Findings = 1;

    public const int Paused = 3;

    public const int Failed = 4;

    public const int Cancelled = 5;

    public const int Usage = 64;

    public const int BadInput = 65;

    public const int Internal = 70;

    /// <summary>The journal, the disk, or every worker: a service manager that starts it again at once would do so for ever.</summary>
    public const int Faulted = 74;

    /// <summary>A service manager takes it as: start the same command again.</summary>
    public const int RunAgain = 75;

    public const int Aborted = 130;

    /// <summary>Code and meaning, in order.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Done, "done"),
        (Findings, "verify, trace or doctor found something wrong"),
        (Paused, "the run is paused: fer resume RUN-ID lets it go on"),
        (Failed, "the run has failed for good"),
        (Cancelled, "the run was cancelled"),
        (Usage, "the command line is wrong"),
        (BadInput, "a file, a setting or the data is wrong"),
        (Internal, "a fault of this program"),
        (Faulted, "the journal, the disk or every device let the run down: mend what the sentence says, then run the same command again"),
        (RunAgain, "interrupted, everything is saved: run the same command again (a host: another process must take its place)"),
        (Aborted, "aborted by a second Ctrl-C"),
    ];
}
