using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Npgsql;

namespace Fer.Bench;

/// <summary>
/// Sweeps of 100 tiny trials on three hosts that are killed at random, alone or all at once, and started again. What came of each trial is told
/// without the program; each sweep is a line of a table.
/// </summary>
internal static class SweepKills
{
    private const int TrialsASweep = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly string[] Names = ["a", "b", "c"];

    public static int Run(string table, int until)
    {
        if (!File.Exists(table))
        {
            File.WriteAllText(table, "seed\ttrials\tkills\tcoordinators\tseconds\tlost\ttwice\twrong\n");
        }

        // One database has one store.
        var store = Directory.CreateTempSubdirectory("fer-kills-").FullName;
        for (int seed, held; (held = (File.ReadLines(table).Count() - 1) * TrialsASweep) < until;)
        {
            seed = held / TrialsASweep + 1;
            var line = One(seed, store);
            File.AppendAllText(table, line + "\n");
            Console.WriteLine(line);
        }

        Directory.Delete(store, recursive: true);
        return 0;
    }

    private static string One(int seed, string store)
    {
        var chance = new Random(seed);
        var hosts = Names.ToDictionary(n => n, n => Trials.Start("chains-host", n, store));
        var (id, started, kills) = ($"kills-{seed}", Stopwatch.GetTimestamp(), 0);
        try
        {
            using var database = ClusterDatabase.PostgresAsync(Trials.Journal, CancellationToken.None).GetAwaiter().GetResult();
            Trials.SubmitAsync(database, id, Chains.Job, TrialsASweep, 12).GetAwaiter().GetResult();
            while (StatusOf(database, id) != "completed")
            {
                if (Stopwatch.GetElapsedTime(started) > Longest)
                {
                    Console.Error.WriteLine($"{id} did not complete");
                    break;
                }

                Thread.Sleep(chance.Next(300, 3000));
                var which = chance.Next(6) == 0 ? Names : [Names[chance.Next(3)]];
                foreach (var name in which)
                {
                    hosts[name].Kill();
                    hosts[name].WaitForExit();
                    kills++;
                }

                Thread.Sleep(chance.Next(2000));
                foreach (var name in which)
                {
                    hosts[name] = Trials.Start("chains-host", name, store);
                }
            }

            return Line(seed, id, store, kills, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        finally
        {
            foreach (var host in hosts.Values)
            {
                host.Kill();
                host.WaitForExit();
            }
        }
    }

    private static string Line(int seed, string id, string store, int kills, double seconds)
    {
        var folder = new RunFolder(Path.GetTempPath(), id);
        var events = SweepReader.Events(folder, id, Trials.Journal);
        var state = events.Aggregate(SweepState.Empty, (s, e) => s.Apply(e));
        var lost = TrialsASweep - state.Trials.Count(t => t.Status == TrialStatus.Completed);
        var twice = events.OfType<TrialEnded>().GroupBy(e => e.Trial).Count(g => g.Count() > 1) + events.OfType<TrialPlanned>().GroupBy(e => e.Trial).Count(g => g.Count() > 1);
        var wrong = 0;
        foreach (var trial in state.Trials)
        {
            wrong += trial.Value == Chains.Expected(trial.Values["x"]) ? 0 : 1;
            var run = RunReader.Events(new RunFolder(store, state.RunIdOf(trial)) { Store = store }, Trials.Journal);
            twice += run.OfType<StepCompleted>().GroupBy(e => e.Step).Count(g => g.Count() > 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{seed}\t{TrialsASweep}\t{kills}\t{state.Claims.Length}\t{seconds:0}\t{lost}\t{twice}\t{wrong}");
    }

    private static string? StatusOf(NpgsqlDataSource database, string id)
    {
        using var command = database.CreateCommand("select status from fer.sweep where id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        return (string?)command.ExecuteScalar();
    }
}
