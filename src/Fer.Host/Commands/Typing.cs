using System.CommandLine;
using Fer.Host.Settings;

namespace Fer.Host.Commands;

/// <summary>Errors of the command line as one short sentence.</summary>
internal static class Typing
{
    public static string Sentence(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var help = command is RootCommand ? "fer --help" : $"fer {Path(result)} --help";
        if (result.UnmatchedTokens is [var word, ..])
        {
            var option = word.StartsWith('-');
            IEnumerable<string> known = option
                ? command.Options.Where(o => !o.Hidden).Select(o => o.Name)
                : command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
            var nearest = Spelling.Nearest(word, known);
            var kind = option ? "an option" : command.Subcommands.Count > 0 ? "a command" : "expected here";
            if (!option && FirstUnknown(result) is { } first)
            {
                // The parser goes on to a later word that is one, and blames what stands before it.
                return $"'{first.Word}' is not a command; did you mean {first.Nearest}? fer --help lists what is.";
            }

            return $"'{word}' is not {kind}{(nearest is null ? "" : $"; did you mean {nearest}?")}{(nearest is null ? ";" : "")} {help} lists what is.";
        }

        return $"{result.Errors[0].Message} {help} says more.";
    }

    private static (string Word, string Nearest)? FirstUnknown(ParseResult result)
    {
        var commands = result.RootCommandResult.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToList();
        return result.Tokens.Select(t => t.Value).FirstOrDefault() is { } word && !word.StartsWith('-') && !commands.Contains(word) && Spelling.Nearest(word, commands) is { } nearest
            ? (word, nearest)
            : null;
    }

    private static string Path(ParseResult result)
    {
        var names = new List<string>();
        for (var at = result.CommandResult; at is not null && at.Command is not RootCommand; at = at.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Add(at.Command.Name);
        }

        names.Reverse();
        return string.Join(' ', names);
    }
}
