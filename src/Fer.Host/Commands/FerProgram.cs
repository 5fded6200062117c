using System.CommandLine;
using System.CommandLine.Help;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary>The program: finds the command, runs it, and turns whatever goes wrong into a sentence and a code.</summary>
internal static class FerProgram
{
    public static async Task<int> RunAsync(string[] arguments, CommandContext context)
    {
        var error = context.Console.Error;
        var root = Root(context);
        var parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine(Typing.Sentence(parsed));
            return ExitCode.Usage;
        }

        var command = parsed.CommandResult.Command.Name;
        try
        {
            // What an option such as --help does instead of the command needs no library, and must work where one is missing.
            if (parsed.Action == parsed.CommandResult.Command.Action)
            {
                context.Require(Needs.Of(command));
            }

            // Not System.CommandLine's own handling of signals: it counts seconds, and saving a run takes what it takes.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = context.Console.Out, Error = error };
            if (parsed.Action is HelpAction)
            {
                using var help = new StringWriter();
                configuration.Output = help;
                var code = await parsed.InvokeAsync(configuration).ConfigureAwait(false);
                context.Console.Out.Write(WithOptional(help.ToString(), parsed.CommandResult.Command));
                return code;
            }

            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BadInputException or SettingsException or DamagedArtifactException)
        {
            error.WriteLine(Secrets.Masked(e.Message));
            return ExitCode.BadInput;
        }
        catch (NotReachableException e)
        {
            // Of a host the same start may do in a while, and a service manager may try.
            error.WriteLine(Secrets.Masked(e.Message));
            return ExitCode.Faulted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Never "run me again": a service manager would, for ever.
            error.WriteLine($"A file could not be read or written: {Secrets.Masked(e.Message)}");
            return command is "host" or "run" or "levers" or "resume" or "demo" ? ExitCode.Faulted : ExitCode.BadInput;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.RunAgain;
        }
#pragma warning disable CA1031 // the last place that can say anything
        catch (Exception e)
#pragma warning restore CA1031
        {
            error.WriteLine($"This is a fault of fer, not of yours: {e.GetType().Name}: {Secrets.Masked(e.Message)}");
            error.WriteLine(e.StackTrace);
            return ExitCode.Internal;
        }
    }

    // The library's list of commands shows every argument as if it had to be there.
    private static string WithOptional(string help, Command of)
    {
        foreach (var command in of.Subcommands)
        {
            var named = command.Arguments.Select(a => (a.Arity.MinimumNumberOfValues, Name: a.HelpName ?? a.Name)).ToList();
            help = help.Replace(
                $"  {command.Name} {string.Join(' ', named.Select(a => $"<{a.Name}>"))} ", $"  {command.Name} {string.Join(' ', named.Select(a => a.MinimumNumberOfValues == 0 ? $"[{a.Name}]" : $"<{a.Name}>"))} ", StringComparison.Ordinal);
        }

        return help;
    }

    public static RootCommand Root(CommandContext context) =>
        new($"Grows a small facial-expression dataset with images that a classifier vouches for, and says whether that helped.\n\nExit codes:\n{string.Join('\n', ExitCode.All.Select(c => $"  {c.Code,3}  {c.Meaning}"))}")
        {
            DemoCommand.Create(context),
            RunCommand.Create(context),
            StudyCommand.Create(context),
            HostCommand.Create(context),
            HostsCommand.Create(context),
            SubmitCommand.Create(context),
            SweepCommand.Create(context),
            ResumeCommand.Create(context),
            ForkCommand.Create(context),
            WishCommands.Pause(context),
            WishCommands.Cancel(context),
            StatusCommand.Create(context),
            ReportCommand.Create(context),
            CompareCommand.Create(context),
            ExportCommand.Create(context),
            TraceCommand.Create(context),
            VerifyCommand.Create(context),
            EvaluateCommand.Create(context),
            DataCommand.Create(context),
            DoctorCommand.Create(context),
            WorkerCommand.Create(),
            TestScheduleCommand.Create(context),
        };
}
