using System.CommandLine;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary><c>fer verify RUN-ID</c>: reads every file a run refers to against its hash, and draws some kept images again.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Shared.RunId();
        var runs = Shared.Runs();
        var redraw = new Option<int>("--redraw") { Description = "Kept images to draw again from their recipes.", HelpName = "N", DefaultValueFactory = _ => 12 };
        var command = new Command("verify", "Check every file of a run against its hash, and some images against their recipes.") { id, runs, redraw };
        command.SetAction(result => Verify(context.Console, result.Folder(runs, id), result.GetValue(redraw)));
        return command;
    }

    private static int Verify(FerConsole console, RunFolder folder, int redraw)
    {
        var settings = RunFile.Load(folder);
        var state = CommandContext.StateOf(folder);
        var store = Stores.Of(folder, console.Error.WriteLine);
        var findings = new List<string>();
        var (files, bytes) = Files(state, store, findings);

        // A running run retires checkpoints while they are read: only what it still refers to counts.
        if (findings.Count > 0 && RunReader.IsHeld(folder, settings.Journal))
        {
            findings.Clear();
            state = CommandContext.StateOf(folder);
            (files, bytes) = Files(state, store, findings);
        }

        console.Out.WriteLine(FormattableString.Invariant($"{files} files, {bytes / 1e6:0.0} MB: {(findings.Count == 0 ? "all as their hashes say" : $"{findings.Count} are not as their hashes say")}."));
        Steps(state, findings, console);
        Recipes(new Provenance(state, store, settings.Engine, console.Error.WriteLine), redraw, findings, console);
        foreach (var finding in findings)
        {
            console.Error.WriteLine(finding);
        }

        return findings.Count == 0 ? ExitCode.Done : ExitCode.Findings;
    }

    private static (int Files, long Bytes) Files(RunState state, ArtifactStore store, List<string> findings)
    {
        var (files, bytes) = (0, 0L);
        foreach (var hash in state.ReferredArtifacts().Order(StringComparer.Ordinal))
        {
            files++;
            try
            {
                bytes += store.Get(hash).LongLength;
            }
            catch (Exception e) when (e is DamagedArtifactException or IOException or UnauthorizedAccessException)
            {
                findings.Add($"{Names(state, hash)}: {e.Message}");
            }
        }

        return (files, bytes);
    }

    private static string Names(RunState state, string hash)
    {
        var names = state.Inputs.Where(i => i.Value == hash).Select(i => $"input {i.Key}")
            .Concat(state.Steps.Values.SelectMany(s => s.Files.Where(f => f.Value == hash).Select(f => $"{s.Spec.Name}, {f.Key}")))
            .Concat(state.Steps.Values.SelectMany(s => s.Checkpoints.Where(c => c.Artifact == hash).Select(c => FormattableString.Invariant($"{s.Spec.Name}, checkpoint at {c.Position}"))));
        return string.Join(" and ", names);
    }

    private static void Steps(RunState state, List<string> findings, FerConsole console)
    {
        // Under two fingerprints a step's hash holds under the one it began with, which the fold no longer knows.
        if (state.Incidents.OfType<FingerprintAccepted>().Any())
        {
            console.Out.WriteLine("Steps: their hashes are not checked, the run went on under another fingerprint.");
            return;
        }

        var wrong = state.Steps.Values.Where(s => s.Spec.HashUnder(state.Fingerprint) != s.Hash).Select(s => s.Spec.Name).ToList();
        findings.AddRange(wrong.Select(s => $"{s}: its inputs, settings or seed are not those that its hash was made of."));
        console.Out.WriteLine(FormattableString.Invariant($"{state.Steps.Count} steps: {(wrong.Count == 0 ? "their hashes fit" : $"{wrong.Count} hashes do not fit")}."));
    }

    private static void Recipes(Provenance provenance, int count, List<string> findings, FerConsole console)
    {
        var (drawn, different) = (0, 0);
        try
        {
            foreach (var image in provenance.Sample(count))
            {
                drawn++;
                if (!provenance.Redraw(image).AsSpan().SequenceEqual(image.Pixels))
                {
                    different++;
                    findings.Add($"{image.Row.Id}: drawn again from its recipe it is another image.");
                }
            }
        }
        catch (DamagedArtifactException e)
        {
            findings.Add($"Recipes cannot be checked further: {e.Message}");
        }

        console.Out.WriteLine(drawn == 0 ? "No kept image has a recipe to draw it again by." : FormattableString.Invariant($"{drawn} kept images drawn again: {(different == 0 ? "identical, bit for bit" : $"{different} differ")}."));
        if (different > 0 && provenance.Differences() is { Count: > 0 } why)
        {
            console.Error.WriteLine($"This machine is not as the run's was: {string.Join("; ", why)}.");
        }
    }
}
