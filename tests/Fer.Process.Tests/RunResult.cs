using System.Globalization;
using System.Security.Cryptography;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>
/// All that a completed run's result is, a line each: figures and decisions of the run, figures and files of every step; of each file the
/// hash that the journal names and the one that its bytes on the disk have now.
/// </summary>
internal static class RunResult
{
    public static string Of(RunFolder folder, JournalSettings journal)
    {
        var state = RunReader.Read(folder, journal)!;
        Assert.Equal(RunStatus.Completed, state.Status);
        var store = new ArtifactStore(folder.Artifacts);
        return string.Join('\n',
        [
            .. state.Figures.Select(f => $"{f.Key}={Exact(f.Value)}"),
            .. state.Decisions.Select(d => $"{d.Key}: {d.Value.Answer}, {d.Value.Because}"),
            .. state.Steps.SelectMany(s => s.Value.Figures.Select(f => $"{s.Key}: {f.Key}={Exact(f.Value)}")),
            .. state.Steps.SelectMany(s => s.Value.Files.Select(f => $"{s.Key}/{f.Key}={f.Value}, on disk {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(store.PathOf(f.Value))))}")),
        ]);
    }

    public static void AreEqual(string expected, string result, string id)
    {
        var different = result.Split('\n').Except(expected.Split('\n')).Take(5);
        Assert.True(result == expected, $"The run '{id}' ended otherwise than one never disturbed, first in:\n{string.Join('\n', different)}");
    }

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
