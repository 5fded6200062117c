using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>Makes of a sweep's file what is handed over, and refuses what could not work before anything is.</summary>
internal static class SweepSubmission
{
    /// <summary>A grid of more points was hardly meant.</summary>
    public const int LargeGrid = 10_000;

    /// <summary>Sets of faces that are frozen: each is read and stored.</summary>
    private const int MostData = 64;

    /// <summary>Points that are tried on paper.</summary>
    private const int Tried = 20;

    // Read from a disk by whoever computes, or by nobody.
    private static readonly string[] NoAxis = ["gan.warm-up-weights", "loop.verdict", "loop.arms", "loop.robustness"];

    /// <summary>All but the faces, which take long to read.</summary>
    public static SweepSpec Draft(SweepFile file, bool isSure)
    {
        try
        {
            return Drafted(file, isSure);
        }
        catch (BadInputException e)
        {
            throw file.Places.With(e);
        }
    }

    private static SweepSpec Drafted(SweepFile file, bool isSure)
    {
        var (sweep, space) = (file.Sweep, file.Space);
        Check(file, isSure);

        // What is chosen by it must not have seen the test set.
        var job = file.Settings.Job with { Loop = file.Settings.Job.Loop with { Verdict = LoopSettings.OnValidation } };
        var spec = new SweepSpec
        {
            Base = SettingsText.Whole(file.Settings with { Job = job }), Source = Path.GetFileName(file.File), Space = space, Sampler = sweep.Sampler, Seed = sweep.Seed,
            Pruner = new PrunerSpec(sweep.Pruner.Kind) { FirstRung = sweep.Pruner.FirstRung, Factor = sweep.Pruner.Factor, StartUpTrials = sweep.Pruner.StartUpTrials },
            Objective = sweep.Objective, Minimize = sweep.Direction == "minimize", Trials = sweep.Trials > 0 ? sweep.Trials : null, DeviceHours = sweep.DeviceHours, Parallel = sweep.Parallel,
            Priority = sweep.Priority, User = Environment.UserName, Share = sweep.Share, Retries = sweep.Retries, Fingerprint = sweep.Fingerprint, Webhook = sweep.Webhook, StalledAfter = sweep.StalledAfter,
            Data = ImmutableSortedDictionary<string, TrialData>.Empty,
        };
        CheckEnds(spec);
        _ = DataSets(spec);
        return spec;
    }

    /// <summary>The first trials, as the sampler chooses them while nothing is known.</summary>
    public static IEnumerable<ImmutableSortedDictionary<string, string>> First(SweepSpec spec, int count)
    {
        var sampler = Samplers.Find(spec.Sampler);
        var past = ImmutableArray.CreateBuilder<PastTrial>();
        for (var number = 1; number <= Math.Min(count, spec.Trials ?? count); number++)
        {
            if (sampler.Next(spec.Space, spec.Seed, number, past.ToImmutable()) is not { } values)
            {
                yield break;
            }

            past.Add(new PastTrial(number, values, TrialStatus.Running, [], null));
            yield return values;
        }
    }

    /// <summary>Values of those axes that decide data: for each another set of faces is frozen.</summary>
    public static ImmutableArray<ImmutableSortedDictionary<string, string>> DataSets(SweepSpec spec)
    {
        var axes = spec.Space.Axes.Where(a => SweepSpec.DecidesData(a.Key)).ToImmutableArray();
        if (axes.IsEmpty)
        {
            return [ImmutableSortedDictionary<string, string>.Empty];
        }

        if (axes.FirstOrDefault(a => a is RealAxis r && (r.Points is null || spec.Sampler != "grid") || !a.When.IsEmpty) is { } no)
        {
            throw new BadInputException($"{SpaceReader.Path}.{no.Key} decides which faces there are, and all faces are frozen before the first trial: expected a choice, or points of a grid, without a condition.");
        }

        var grid = new SearchSpace(axes);
        return grid.GridSize() > MostData
            ? throw new BadInputException($"{SpaceReader.Path} asks for {grid.GridSize()} different sets of faces ({string.Join(", ", axes.Select(a => a.Key))}), each of which is read and stored: expected at most {MostData}.")
            : [.. Enumerable.Range(0, (int)grid.GridSize()).Select(i => grid.GridPoint(i))];
    }

    private static void Check(SweepFile file, bool isSure)
    {
        var (sweep, space) = (file.Sweep, file.Space);
        if (space.Axes.FirstOrDefault(a => NoAxis.Contains(a.Key)) is { } no)
        {
            throw new BadInputException($"{SpaceReader.Path}.{no.Key} can be no axis of a sweep.");
        }

        var objectives = JobRegistry.Find(Names.Job).Objectives;
        if (!objectives.Contains(sweep.Objective))
        {
            throw new BadInputException($"fer.sweep.objective is '{Secrets.Masked(sweep.Objective)}', which a trial does not report: expected one of {string.Join(", ", objectives)}.");
        }

        if (sweep.Pruner.Kind != "none" && sweep.Objective == ValidationFigures.Of(Names.Control))
        {
            throw new BadInputException($"fer.sweep.pruner.kind is {sweep.Pruner.Kind}, which compares trials after each round, and {sweep.Objective} has no rounds: expected another objective, or none.");
        }

        if (sweep.Sampler == "grid")
        {
            space.CheckGrid();
            if (space.GridSize() is var size && size > LargeGrid && (sweep.Trials == 0 || sweep.Trials > LargeGrid) && !isSure)
            {
                throw new BadInputException($"{SpaceReader.Path} is a grid of {size.ToString("#,0", CultureInfo.InvariantCulture)} points, and each is a run: --yes if you mean it, or set fer.sweep.trials.");
            }
        }
        else if (sweep.Trials == 0 && sweep.DeviceHours == 0)
        {
            throw new BadInputException($"fer.sweep.trials and fer.sweep.device-hours are both 0, and the sampler {sweep.Sampler} never ends by itself: set one of them.");
        }

        if (sweep.Webhook.Length > 0 && !(Uri.TryCreate(sweep.Webhook, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            throw new BadInputException($"fer.sweep.webhook is '{Secrets.Masked(sweep.Webhook)}': expected an address such as https://lab.example/hook.");
        }
    }

    // A point that cannot be is told now, not at three in the morning.
    private static void CheckEnds(SweepSpec spec)
    {
        foreach (var values in First(spec, Tried))
        {
            try
            {
                _ = TrialMaker.Settings(spec, values);
            }
            catch (BadInputException e)
            {
                throw new BadInputException($"A trial with {string.Join(", ", values.Select(v => $"{v.Key} = {v.Value}"))} could not run: {e.Message}", e);
            }
        }
    }
}
