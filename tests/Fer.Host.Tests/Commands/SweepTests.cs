using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Commands;
using Fer.Host.Export;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Tests.Commands;

/// <summary>What a sweep's file may say, and what comes of it.</summary>
public sealed class SweepTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fer-sweep-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_dry_run_shows_the_search_and_its_first_trials_and_hands_nothing_over()
    {
        var (code, output, error) = await Submit("base = kill\ntrials = 9\nspace { gan.psi { uniform = [0.7, 1] }\n loop.labels = [hard, soft] }", "--dry-run", "--sweep-id", "s");

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Sweep s: sampler random over gan.psi, loop.labels; large validation.delta is good; at most 9 trials, 4 at a time; no pruner.", output);
        Assert.Contains("  trial 8: gan.psi = 0.", output);
        Assert.EndsWith("Dry run: nothing is handed over.", output.TrimEnd());
        Assert.False(Directory.Exists(Path.Combine(folder, "runs")));
    }

    [Theory]
    [InlineData("", "sweep.conf:1: there is no block fer.sweep { … }: expected one with space, and what else fer sweep submit --help names.", true)]
    [InlineData("trials = 3", "sweep.conf:2: fer.sweep.space names no setting")]
    [InlineData("trials = 3\nspace {}", "sweep.conf:4: fer.sweep.space names no setting")]
    [InlineData("space = 3", "sweep.conf:3: fer.sweep.space: expected a block of settings with their values.")]
    [InlineData("sampler = rnadom\nspace { gan.psi = [1] }", "sweep.conf:3: fer.sweep.sampler: found 'rnadom', expected grid or random or sobol or tpe.")]
    [InlineData("trails = 3\nspace { gan.psi = [1] }", "sweep.conf:3: fer.sweep.trails: there is no such setting; did you mean trials?")]
    [InlineData("trials = many\nspace { gan.psi = [1] }", "sweep.conf:3: fer.sweep.trials: found 'many', expected a whole number from 0 to 1000000.")]
    [InlineData("trials = 3\nparallel = 0\nspace { gan.psi = [1] }", "sweep.conf:4: fer.sweep.parallel: found '0', expected a whole number from 1 to 100000.")]
    [InlineData("trials = 3\npruner = halving\nspace { gan.psi = [1] }", "sweep.conf:4: fer.sweep.pruner: found 'halving', expected a block { … } of settings.")]
    [InlineData("trials = 3\nspace { gan.pis = [0.7] }", "sweep.conf:4: fer.sweep.space.gan.pis: there is no such setting of a run; did you mean gan.psi?")]
    [InlineData("trials = 3\nspace { gan.psi = [0.7, soft] }", "sweep.conf:4: fer.sweep.space.gan.psi: found 'soft', expected a number")]
    [InlineData("trials = 3\nspace {\ngan.psi { uniform = [1, 0.7] } }", "sweep.conf:5: fer.sweep.space.gan.psi goes from 1 to 0.7: its low must be below its high.")]
    [InlineData("trials = 3\nspace {\nloop.labels = [hard]\ngan.psi = [0.7, 0.7] }", "sweep.conf:6: fer.sweep.space.gan.psi names the value '0.7' more than once.")]
    [InlineData("trials = 3\nspace {\ngan.psi = [0.7]\nloop.labels { choice = [hard], when { gan.width = [8] } } }", "sweep.conf:6: fer.sweep.space.loop.labels depends on fer.sweep.space.gan.width, which the sweep does not vary.")]
    [InlineData("trials = 3\nspace { gan.width { uniform = [16, 32] } }", "sweep.conf:4: fer.sweep.space.gan.width: is a whole number: expected integer = [16, 32].")]
    [InlineData("trials = 3\nspace { gan.width { log-uniform = [16, 32] } }", "sweep.conf:4: fer.sweep.space.gan.width: is a whole number: expected log-integer = [16, 32].")]
    [InlineData("trials = 3\nspace { loop.seed { log-integer = [0, 32] } }", "sweep.conf:4: fer.sweep.space.loop.seed is spread over the logarithm from 0 to 32: its low must be 1 or more and its high at most 1000000000000.")]
    [InlineData("trials = 3\nspace { gan.width { log-integer = [16, 32], step = 8 } }", "sweep.conf:4: fer.sweep.space.gan.width.step: stands beside log-integer, expected it beside integer alone.")]
    [InlineData("trials = 3\nspace { gan.width { integer = [16, 32], points = 3 } }", "sweep.conf:4: fer.sweep.space.gan.width.points: stands beside integer, expected it beside uniform or log-uniform or log-integer alone.")]
    [InlineData("trials = 3\nspace { gan.psi { uniform = [0.7, 1], points = 3000000000 } }", "sweep.conf:4: fer.sweep.space.gan.psi.points: expected a whole number from 1 to 1000000.")]
    [InlineData("trials = 3\nspace { devices = [\"cpu:0\"] }", "sweep.conf:4: fer.sweep.space.devices: there is no such setting of a run")]
    [InlineData("trials = 3\nspace { gan.psi = 1 }", "sweep.conf:4: fer.sweep.space.gan.psi: expected a list of values, or a block with one of choice")]
    [InlineData("space { gan.psi { uniform = [0.7, 1] } }", "sweep.conf:2: fer.sweep.trials and fer.sweep.device-hours are both 0, and the sampler random never ends by itself: set one of them.")]
    [InlineData("sampler = grid\nspace { gan.psi { uniform = [0.7, 1] } }", "sweep.conf:4: fer.sweep.space.gan.psi is a range of real numbers: a grid needs points = N there, or another sampler")]
    [InlineData("sampler = grid\nspace { gan.psi { uniform = [0.7, 1], points = 1000 }\nfilter.quantile { uniform = [0, 1], points = 1000 } }", "sweep.conf:4: fer.sweep.space is a grid of 1,000,000 points, and each is a run: --yes if you mean it, or set fer.sweep.trials.")]
    [InlineData("trials = 3\nobjective = refined.macroF1\nspace { gan.psi = [1] }", "sweep.conf:4: fer.sweep.objective is 'refined.macroF1', which a trial does not report: expected one of validation.delta, validation.control.macroF1, validation.refined.macroF1.")]
    [InlineData("trials = 3\nobjective = validation.control.macroF1\npruner { kind = median }\nspace { gan.psi = [1] }", "sweep.conf:5: fer.sweep.pruner.kind is median, which compares trials after each round, and validation.control.macroF1 has no rounds: expected another objective, or none.")]
    [InlineData("trials = 3\nbase = kil\nspace { gan.psi = [1] }", "sweep.conf:4: fer.sweep.base: There is no configuration 'kil': expected a file")]
    [InlineData("trials = 3\nspace { loop.verdict = [test, validation] }", "sweep.conf:4: fer.sweep.space.loop.verdict can be no axis of a sweep.")]
    [InlineData("trials = 3\nspace { gan.feedback-stop = [1] }", "sweep.conf:4: A trial with gan.feedback-stop = 1 could not run: fer.gan.feedback-stop is 1, which ends feedback")]
    [InlineData("trials = 3\nwebhook = lab\nspace { gan.psi = [1] }", "sweep.conf:4: fer.sweep.webhook is 'lab': expected an address such as https://lab.example/hook.")]
    [InlineData("trials = 3\nspace { data.fraction { uniform = [0.1, 0.5] } }", "sweep.conf:4: fer.sweep.space.data.fraction decides which faces there are")]
    [InlineData("trials = 3\nspace { data.fraction { uniform = [0.1, 0.5], points = 3 } }", "sweep.conf:4: fer.sweep.space.data.fraction decides which faces there are, and all faces are frozen before the first trial: expected a choice, or points of a grid, without a condition.")]
    [InlineData("trials = 3\nspace { gan.psi = [0.7\n", "sweep.conf:")]
    public async Task What_cannot_be_searched_is_a_sentence_before_anything_is_read(string search, string sentence, bool isBare = false)
    {
        var (code, _, error) = await Submit(search, isBare ? ["--bare"] : []);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith(sentence, Assert.Single(error.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task What_comes_from_the_command_line_is_named_as_that()
    {
        var (code, _, error) = await Submit("trials = 3\nspace { gan.psi = [1] }", "--set", "sweep.objective=accuracy");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith("--set: fer.sweep.objective is 'accuracy', which a trial does not report", error);
    }

    [Fact]
    public void A_whole_number_over_its_logarithm_is_read_with_its_points()
    {
        var spec = Draft("sampler = grid\nspace { gan.latent { log-integer = [8, 128], points = 5 } }");

        Assert.Equal(["8", "16", "32", "64", "128"], SweepSubmission.First(spec, 9).Select(v => v["gan.latent"]));
    }

    [Fact]
    public void A_trial_is_what_all_share_with_its_own_values_never_reads_the_test_set_and_means_the_same_to_a_later_version()
    {
        var spec = Draft("base = kill\ntrials = 2\nspace { gan.psi { uniform = [0.7, 1] }\n loop.labels = [soft] }", "loop.rounds=3");

        var values = SweepSubmission.First(spec, 1).Single();
        var trial = TrialMaker.Settings(spec, values);

        Assert.Equal((3, "soft", "validation"), (trial.Job.Loop.Rounds, trial.Job.Loop.Labels, trial.Job.Loop.Verdict));
        Assert.Equal(double.Parse(values["gan.psi"]), trial.Job.Gan.Psi);
        Assert.Equal(8, trial.Job.Gan.Width);
        Assert.Contains("fer.gan.latent = 8\n", spec.Base);
        Assert.Contains("fer.loop.patience = 2\n", spec.Base);
    }

    [Fact]
    public void Axes_that_decide_faces_have_a_set_of_faces_for_each_of_their_values()
    {
        var spec = Draft("sampler = grid\nspace { data.classes = [\"[happy, sad]\", \"[happy, sad, fear]\"]\n gan.psi = [0.8, 1]\n loop.loops { integer = [1, 2] } }");

        Assert.Equal(
            ["data.classes=[happy, sad];loop.loops=1", "data.classes=[happy, sad];loop.loops=2", "data.classes=[happy, sad, fear];loop.loops=1", "data.classes=[happy, sad, fear];loop.loops=2"],
            SweepSubmission.DataSets(spec).Select(SweepSpec.DataKey));
        Assert.Equal(["happy", "sad", "fear"], TrialMaker.Settings(spec, SweepSubmission.DataSets(spec)[^1]).Job.Data.Classes);
    }

    [Fact]
    public void The_best_trials_settings_are_a_configuration_that_reads_the_test_set()
    {
        var at = DateTimeOffset.UnixEpoch;
        var spec = Draft("base = kill\ntrials = 2\nspace { gan.psi = [0.7, 0.9] }\nsampler = grid");
        ISweepEvent[] events =
        [
            new SweepStarted(at, "s", Json.Write(spec), "1"), new TrialPlanned(at, 1, Values("0.7")), new TrialPlanned(at, 2, Values("0.9")),
            new TrialReported(at, 2, 1, 0.5), new TrialEnded(at, 1, 1, "completed", 0.25, "", 10), new TrialEnded(at, 2, 1, "failed", null, "broke, \"twice\"", 0),
        ];

        var files = SweepExport.Write(events.Aggregate(SweepState.Empty, (s, e) => s.Apply(e)), Path.Combine(folder, "out"));

        Assert.Equal(["trials.csv", "reports.csv", "best.conf"], files.Select(f => Path.GetFileName(f)!));
        var trials = File.ReadAllLines(files[0]);
        Assert.Equal("trial,state,gan.psi,validation.delta,attempt,run,device_seconds,planned,ended,reason", trials[0]);
        Assert.StartsWith("1,completed,0.7,0.25,1,s-0001,10,1970", trials[1]);
        Assert.EndsWith(",\"broke, \"\"twice\"\"\"", trials[2]);
        Assert.Equal(["trial,rung,value", "2,1,0.5"], File.ReadAllLines(files[1]));
        var best = FerConfig.Load(files[2], [], new System.Collections.Hashtable());
        Assert.Equal((0.7, "test", 8), (best.Job.Gan.Psi, best.Job.Loop.Verdict, best.Job.Gan.Width));
        Assert.Contains("holds files already", Assert.Throws<BadInputException>(() => SweepExport.Write(SweepState.Empty, Path.Combine(folder, "out"))).Message);
    }

    [Fact]
    public async Task A_sweep_that_was_not_submitted_from_here_is_asked_for_by_a_configuration()
    {
        var (code, _, error) = await Fer.Run("sweep", "status", "nope", "--runs", folder);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Equal($"There is no sweep 'nope' in {folder}. One that was submitted elsewhere is found with --config, the configuration that names the hosts' database.", error.TrimEnd());
    }

    [Fact]
    public async Task Status_lists_a_sweep_with_its_counts_instead_of_its_trials_and_leads_to_it_by_its_id()
    {
        var runs = Path.Combine(folder, "runs");
        var settings = await SubmittedAsync(runs);
        new RunFolder(runs, "search-0001").Link(settings.Cluster.Store);

        var (code, all, error) = await Fer.Run("status", "--runs", runs);
        var (_, one, _) = await Fer.Run("status", "search", "--runs", runs);
        var (_, _, noRun) = await Fer.Run("report", "search", "--runs", runs);
        var (_, _, mistyped) = await Fer.Run("status", "saerch", "--runs", runs);
        var (_, _, noSweep) = await Fer.Run("sweep", "watch", "saerch", "--runs", runs);

        Assert.True(code == ExitCode.Done, error);
        var lines = all.Split('\n').Select(l => string.Join(' ', l.Split('│', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("sweep state planned running completed failed best slot hours", lines);
        Assert.Contains("search queued 0 of 2 0 0 0 0", lines);
        Assert.DoesNotContain("search-0001", all);
        Assert.Equal("Sweep search is queued: no host has taken it up yet.", one.TrimEnd());
        Assert.StartsWith("'search' is a sweep: fer sweep --help lists what can be done with one", noRun);
        Assert.Equal($"There is no run 'saerch' in {runs}; did you mean search?", mistyped.TrimEnd());
        Assert.StartsWith($"There is no sweep 'saerch' in {runs}; did you mean search? One that was", noSweep);
    }

    [Fact]
    public void Sweeps_are_listed_in_a_table_in_which_figures_stand_below_each_other()
    {
        var spec = Draft("base = kill\ntrials = 20\nspace { gan.psi = [0.7, 0.9] }") with { User = "ada" };
        SweepRow Row(string id, string status, SweepSummary summary, SweepSpec its) => new(id, Json.Write(its), status, "", summary, default, "ada");
        SweepRow[] rows =
        [
            Row("first", "completed", new SweepSummary { Planned = 20, Completed = 17, Pruned = 2, Failed = 1, Best = 7, Value = 0.01234, DeviceSeconds = 5400 }, spec),
            Row("second-and-longer", "paused", new SweepSummary { Planned = 3, Running = 3 }, spec with { Trials = null, User = "eve", Share = 2 }) with { Reason = "its journal holds an event of a newer version." },
        ];
        using var text = new StringWriter();

        SweepTable.List(new FerConsole(text, text, FerConsole.Plain(text), IsLive: false), rows);

        var lines = text.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "│ sweep             │ state     │  planned │ running │ completed │ pruned │ failed │   best │ trial │ slot hours │ user │ share │",
                "│ first             │ completed │ 20 of 20 │       0 │        17 │      2 │      1 │ 0.0123 │     7 │        1.5 │ ada  │       │",
                "│ second-and-longer │ paused    │        3 │       3 │         0 │        │      0 │        │       │          0 │ eve  │     2 │",
            ],
            lines.Where(l => l.StartsWith('│')));
        Assert.Equal("best: validation.delta", lines[0]);
        Assert.Equal("Sweep second-and-longer is paused: its journal holds an event of a newer version.", lines[^1]);
    }

    [Fact]
    public async Task An_id_that_is_taken_and_none_that_there_could_be_are_told_in_a_sentence()
    {
        Assert.Equal(ExitCode.Done, (await Submit("base = kill\ntrials = 2\nspace { gan.psi = [0.7, 0.9] }", "--sweep-id", "search")).Code);

        var (code, _, error) = await Submit("base = kill\ntrials = 2\nspace { gan.psi = [0.7, 0.9] }", "--sweep-id", "search");
        var (none, listed, _) = await Fer.Run("sweep", "status", "--runs", Path.Combine(folder, "empty"));

        Assert.Equal((ExitCode.BadInput, "There is a sweep 'search' already: choose another --sweep-id."), (code, error.TrimEnd()));
        Assert.Equal((ExitCode.Done, "There are no sweeps: fer sweep submit SWEEP.conf hands one over."), (none, listed.TrimEnd()));
    }

    [Fact]
    public async Task Status_hides_no_run_that_is_only_called_like_a_trial()
    {
        var runs = Path.Combine(folder, "runs");
        var settings = await SubmittedAsync(runs);

        // As fer run calls its runs by itself, here by a configuration of the sweep's name; one that was handed to the same hosts; one beside hosts, called like a trial that there is.
        var ids = new[] { "search-20260131-154500", "search-1-154500", "search-0001" };
        foreach (var id in ids)
        {
            WriteRun(runs, id, settings);
        }

        new RunFolder(runs, "search-1-154500").Link(settings.Cluster.Store);

        var (code, all, error) = await Fer.Run("status", "--runs", runs);

        Assert.True(code == ExitCode.Done, error);

        // A narrow terminal wraps the long one.
        Assert.All(ids, id => Assert.Contains(id[..11], all));
    }

    [Fact]
    public async Task A_sweeps_folder_that_is_spoilt_is_said_and_hides_nothing_else()
    {
        var runs = Path.Combine(folder, "runs");
        var settings = await SubmittedAsync(runs);
        WriteRun(runs, "mine", settings);
        var (spoilt, bare) = (new SweepFolder(runs, "a-spoilt"), new SweepFolder(runs, "b-bare"));
        spoilt.Write(settings, "sweep.conf", settings.Cluster.Store);
        File.WriteAllText(Path.Combine(spoilt.Root, "run.json"), "{");
        bare.Write(settings, "sweep.conf", settings.Cluster.Store);
        File.Delete(Path.Combine(bare.Root, "store"));

        var (code, all, error) = await Fer.Run("status", "--runs", runs);
        var (sweeps, listed, _) = await Fer.Run("sweep", "status", "--runs", runs);

        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput), (code, sweeps));
        Assert.Contains("search │ queued", all);
        Assert.Contains("search │ queued", listed);
        Assert.Contains("mine ", all);
        var lines = error.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"Sweep a-spoilt: {Path.Combine(spoilt.Root, "run.json")} cannot be read as JSON (", lines[0]);
        Assert.EndsWith("), so how sweep 'a-spoilt' was handed over is not known: name the hosts' database with --config.", lines[0]);
        Assert.Equal($"Sweep b-bare: {Path.Combine(bare.Root, "store")} is missing, so where the hosts of sweep 'b-bare' keep artifacts is not known: name the hosts' database with --config.", lines[1]);
    }

    private static void WriteRun(string runs, string id, FerSettings settings)
    {
        var run = new RunFolder(runs, id);
        RunFile.Write(run, null, settings);
        Directory.CreateDirectory(run.Artifacts);
    }

    // A sweep whose first trial is a row.
    private async Task<FerSettings> SubmittedAsync(string runs)
    {
        var settings = FerConfig.Load(null, [], new System.Collections.Hashtable());
        settings = settings with { Cluster = settings.Cluster.In(runs, settings.Journal) };
        await using (var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, TestContext.Current.CancellationToken))
        {
            await new SweepRows(database).SubmitAsync("search", Draft("base = kill\ntrials = 2\nspace { gan.psi = [0.7, 0.9] }"), "ada");
            var seat = await new LeaseRow(database, LeaseRow.Coordinator, "me", TimeSpan.FromMinutes(1)).TakeAsync();
            await new RunRows(database).SubmitTrialsAsync(seat!.Value, [new RunRow("search-0001", new NewRun("refinement", "{}", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty), new EngineSettings(), 0, "queued", "", "", default, "ada") { Sweep = "search", Trial = 1, Attempt = 1 }]);
        }

        new SweepFolder(runs, "search").Write(settings, Path.Combine(folder, "sweep.conf"), settings.Cluster.Store);
        return settings;
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Values(string psi) => System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add("gan.psi", psi);

    private SweepSpec Draft(string search, params string[] sets) => SweepSubmission.Draft(SweepFile.Load(Write(search), sets, Configs.Find), isSure: false);

    private string Write(string search, bool isBare = false)
    {
        var file = Path.Combine(folder, "sweep.conf");
        File.WriteAllText(file, isBare ? "fer {\n}\n" : $"fer {{\n sweep {{\n{search}\n }}\n}}\n");
        return file;
    }

    private Task<(int Code, string Output, string Error)> Submit(string search, params string[] options) =>
        Fer.Run(["sweep", "submit", Write(search, options.Contains("--bare")), "--runs", Path.Combine(folder, "runs"), .. options.Where(o => o != "--bare")]);
}
