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

    public static RunFolder Folder(this ParseResult result, Option<string> runs, Argument<string> id) =>
        new(result.GetRequiredValue(runs), result.GetRequiredValue(id));
}
