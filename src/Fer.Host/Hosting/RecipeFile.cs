using System.Text;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>The configuration that a screening of levers ends with: the base's, with each lever where it was found best.</summary>
internal static class RecipeFile
{
    public static string PathIn(RunFolder folder) => Path.Combine(folder.Path, "recipe.conf");

    /// <summary>Writes it whole or not at all; gives its path.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="state">A completed screening.</param>
    /// <param name="settings">How the run is carried out; what it computes is taken from its journal.</param>
    /// <param name="store">Its artifacts.</param>
    public static string Write(RunFolder folder, RunState state, FerSettings settings, ArtifactStore store)
    {
        var path = PathIn(folder);
        var levers = Encoding.UTF8.GetString(store.Get(state.Completed(LeverNames.Screen)!.Files[LeverNames.Recipe]));
        var aside = path + ".new";
        File.WriteAllText(aside, Text(state.RunId, settings with { Job = JobDifferences.Levers(state.Settings).Settings }, levers), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(aside, path, overwrite: true);
        return path;
    }

    /// <param name="runId">The screening.</param>
    /// <param name="settings">The base.</param>
    /// <param name="levers">The levers' own lines.</param>
    internal static string Text(string runId, FerSettings settings, string levers)
    {
        var moved = levers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(KeyOf).ToHashSet(StringComparer.Ordinal);

        // An address with a password in it would come without it, and then be no address that answers: rather none.
        var lines = SettingsText.Hocon(settings).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !moved.Contains(KeyOf(l)) && !l.Contains(Secrets.Mask, StringComparison.Ordinal));
        return $"""
            # The recipe of screening {runId}. It was chosen on validation B, which proves nothing: the best of many values looks good by
            # chance, too. fer run with this file tests it on the test set, which the screening never had. Passwords are not in it.
            {string.Join('\n', lines)}

            # Levers. One stays where no other value moved refined by more than its standard error.
            {levers}
            """;
    }

    private static string KeyOf(string line) => line.Split(" = ", 2)[0];
}
