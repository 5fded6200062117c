using System.CommandLine;
using Fer.Actors.Storage;

namespace Fer.Host.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class Shared
{
    public static Option<string> Runs() => new("--runs")
    {
        Description = "Folder that holds the runs.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "runs",
    };

    public static Argument<string> RunId(string name = "RUN-ID") => new(name) { Description = "A run's id, as fer status lists them." };

    public static Option<string[]> Sets() => new("--set")
    {
        Description = "Change one setting, such as loop.rounds=1; may be given several times.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = false,
    };

    public static Argument<string> Config() => new("CONFIG") { Description = "A configuration file, or the name of one that comes with the program (demo, fer2013 …)." };

    public static Option<string?> Data() => new("--data") { Description = "Faces to use instead of those the configuration names: a folder, a csv or a zip.", HelpName = "PATH" };

    public static Option<string?> NewRunId() => new("--run-id") { Description = "The run's id, by which every command names it; without it the configuration's name and the time, or that of the unfinished run which the same command began. A run of this id that is not finished goes on.", HelpName = "ID" };

    public static Option<bool> DryRun() => new("--dry-run") { Description = "Show the settings, the plan and what would be written, and do nothing." };

    public static Option<bool> AcceptFingerprint() => new("--accept-fingerprint") { Description = "Go on although something that decides bits has changed since the run began." };

    public static Option<bool> Strict() => new("--strict") { Description = "Refuse data with broken images instead of leaving those out." };

    public static RunFolder Folder(this ParseResult result, Option<string> runs, Argument<string> id) =>
        new(result.GetRequiredValue(runs), result.GetRequiredValue(id));
}
