using System.CommandLine;
using System.Globalization;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Live;
using Fer.Models;
using Spectre.Console;

namespace Fer.Host.Commands;

/// <summary><c>fer status</c>: runs in short, for people or as JSON.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("ID") { Description = "A run, a trial or a sweep; without it, all runs, and sweeps with their counts.", Arity = ArgumentArity.ZeroOrOne };
        var runs = Shared.Runs();
        var json = new Option<bool>("--json") { Description = "Print JSON: an object for one run, else an array. Its keys are stable." };
        var command = new Command("status", "Say where runs and sweeps are: state, round, results.") { id, runs, json };
        command.SetAction(async (result, stop) =>
        {
            var folder = result.GetRequiredValue(runs);
            if (result.GetValue(id) is { } one)
            {
                if (!new RunFolder(folder, one).Exists && new SweepFolder(folder, one) is { Exists: true } sweep)
                {
                    return await SweepStatusCommand.OneAsync(context, sweep, sweep.Load(), result.GetValue(json), stop).ConfigureAwait(false);
                }

                var (summary, state) = Read(new RunFolder(folder, one));
                if (result.GetValue(json))
                {
                    context.Console.Out.WriteLine(RunSummary.ToJson(summary));
                }
                else
                {
                    WriteOne(context.Console, summary, state);
                }

                return ExitCode.Done;
            }

            if (result.GetValue(json))
            {
                return All(context.Console, folder, isJson: true, []);
            }

            var found = await SweepStatusCommand.RowsAsync(context, SweepStatusCommand.Submitted(context, folder), stop).ConfigureAwait(false);
            if (found.Rows.Count > 0)
            {
                SweepTable.List(context.Console, found.Rows);
            }

            return Math.Max(found.Code, All(context.Console, folder, isJson: false, found.Trials));
        });
        return command;
    }

    private static (RunSummary Summary, RunState? State) Read(RunFolder folder)
    {
        var settings = RunFile.Load(folder);

        // Held first: a run that ends in between is then shown as what it became.
        var held = RunReader.IsHeld(folder, settings.Journal);
        var state = RunReader.Read(folder, settings.Journal);
        // What no host has taken up yet waits in the database, and nobody has to do anything.
        return (RunSummary.Of(folder.RunId, state, held || (folder.Store is not null && state is null)), state);
    }

    /// <param name="trials">Runs of hosts that are counted with their sweeps already, and not listed; a run that is only called like one is.</param>
    private static int All(FerConsole console, string runs, bool isJson, HashSet<(string Store, string Run)> trials)
    {
        var (summaries, code, hidden) = (new List<RunSummary>(), ExitCode.Done, 0);
        foreach (var id in RunReader.RunIds(runs))
        {
            try
            {
                var folder = new RunFolder(runs, id);
                if (folder.Store is { } store && trials.Contains((store, id)))
                {
                    hidden++;
                }
                else
                {
                    summaries.Add(Read(folder).Summary);
                }
            }
            catch (Exception e) when (e is BadInputException or Settings.SettingsException)
            {
                console.Error.WriteLine($"Run {id}: {e.Message}");
                code = ExitCode.BadInput;
            }
        }

        if (isJson)
        {
            console.Out.WriteLine(RunSummary.ToJson(summaries));
            return code;
        }

        if (summaries.Count == 0)
        {
            console.Out.WriteLine(hidden == 0 ? $"There are no runs in {Path.GetFullPath(runs)}." : $"Besides trials of sweeps there are no runs in {Path.GetFullPath(runs)}.");
            return code;
        }

        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("run", "state", "round", "F1 real", "F1 control", "F1 refined", "verdict", "kept", "restarts", "steps passed on", "last event");
        foreach (var s in summaries.OrderBy(s => s.StartedAt))
        {
            table.AddRow(
                Markup.Escape(s.RunId), s.State, Text(s.Round), Words.Percent(s.Arms.Real.MacroF1), Words.Percent(s.Arms.Control.MacroF1), Words.Percent(s.Arms.Refined.MacroF1),
                s.Final.VsControl.Verdict ?? "", Text(s.Kept.Total), Text(s.Restarts), Text(s.StepsPassedOn), s.LastEventAt?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "");
        }

        console.Terminal.Write(table);
        return code;
    }

    private static void WriteOne(FerConsole console, RunSummary summary, RunState? state)
    {
        console.Out.WriteLine($"Run {summary.RunId}: {summary.State}{(summary.Reason is { } reason ? $" ({reason.TrimEnd('.')})" : "")}");
        if (state is null)
        {
            return;
        }

        if (SweepTable.Reused(state.Steps.Values.Count(s => s.Status == StepStatus.Completed), state.Steps.Values.Count(s => s.WasThere)) is { Length: > 0 } reused)
        {
            console.Out.WriteLine($"{reused}.");
        }

        if (state.Status == RunStatus.Completed)
        {
            ResultTable.Write(console, state);
            return;
        }

        var steps = Foreseen.Steps(state.Job, state.Settings, state.Inputs);
        var (done, foreseen) = (steps.Count(s => state.Completed(s) is not null), steps.Count);
        console.Out.WriteLine(FormattableString.Invariant($"Round {summary.Round}; {done} of at most {foreseen} steps are done; {summary.Kept.Total} images kept; {summary.Restarts} {(summary.Restarts == 1 ? "restart" : "restarts")}; {summary.StepsPassedOn} {(summary.StepsPassedOn == 1 ? "step" : "steps")} passed on to another worker."));
        foreach (var step in state.Order.Select(n => state.Steps[n]).Where(s => s.Status != StepStatus.Completed))
        {
            var at = step.Checkpoints is [.., var last] ? FormattableString.Invariant($", saved at {last.Position} of {last.Length}") : "";
            console.Out.WriteLine($"  {step.Spec.Name}: {(step.Status == StepStatus.Failed ? "failed" : summary.State == "running" ? "running" : "begun")}{at}");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
