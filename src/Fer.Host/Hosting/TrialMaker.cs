using System.Collections;
using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>Makes a trial's run of what its sweep shares and its own values.</summary>
internal static class TrialMaker
{
    /// <summary>The settings of a trial. Throws <see cref="BadInputException"/> where they contradict each other.</summary>
    public static FerSettings Settings(SweepSpec spec, ImmutableSortedDictionary<string, string> values)
    {
        try
        {
            return Checked(spec, values);
        }
        catch (SettingsException e)
        {
            // Nobody has typed them: where they come from is the sweep.
            var problem = e.Problems[0];
            throw new BadInputException(problem.Path.Length > 0 && !problem.Sentence.StartsWith(FerConfig.Root, StringComparison.Ordinal) ? $"{problem.Path}: {problem.Sentence}" : problem.Sentence, e);
        }
    }

    private static FerSettings Checked(SweepSpec spec, ImmutableSortedDictionary<string, string> values)
    {
        var settings = FerConfig.Parse(spec.Base, spec.Source, [.. values.Select(v => $"{v.Key}={v.Value}")], new Hashtable());
        settings.Job.Check();
        settings.Job.Gan.Check();
        settings.Job.Filter.Check();
        return settings;
    }

    public static TrialRun Make(SweepSpec spec, ImmutableSortedDictionary<string, string> values)
    {
        var settings = Settings(spec, values);
        var data = spec.Data[SweepSpec.DataKey(values)];
        var run = RefinementRun.Read(data.Settings) with { Settings = settings.Job };
        return new TrialRun(new NewRun(Names.Job, Json.Write(run), data.Inputs), settings.Engine);
    }
}
