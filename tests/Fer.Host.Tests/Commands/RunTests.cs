using System.Text.Json.Nodes;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models.Files;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Tests.Commands;

public sealed class RunTests(TinyRun tiny) : IDisposable
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-runs-").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public void A_run_tells_its_steps_and_ends_with_a_table_and_a_headline()
    {
        foreach (var part in new[] { "SketchFaces: 120 faces of 2 classes", "classify/round-0 starts on cpu:0", "gan/round-1/all is done after", "macro F1", "refined", "no claim about the method", "Kept images: ", "Report: " })
        {
            Assert.Contains(part, tiny.Output);
        }

        Assert.True(File.Exists(tiny.Folder.Report));
        Assert.Single(Directory.EnumerateFiles(tiny.Folder.Logs));
    }

    [Fact]
    public async Task A_finished_run_is_not_done_again()
    {
        var (code, output, _) = await Fer.Run(new NoEngine(), TinyRun.Start(tiny.Runs, TinyRun.Id));

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("macro F1", output);
    }

    [Fact]
    public async Task The_same_command_without_an_id_goes_on_with_the_run_that_it_began_until_that_is_over()
    {
        var command = TinyRun.Start(runs, "").Where(a => a is not ("--run-id" or "")).ToArray();
        var (stopped, _, advice) = await Fer.Run(new StoppingEngine(), command);
        var id = Assert.Single(RunReader.RunIds(runs));
        Assert.Equal((ExitCode.RunAgain, $"Run '{id}' is saved: run the same command again, or fer resume {id}."), (stopped, advice.TrimEnd()));

        var config = command[1];
        const string fresh = "tiny-21000101-000000";
        var (mine, other) = (FerConfig.Load(config, TinyRun.Sets), FerConfig.Load(config, [.. TinyRun.Sets, "loop.seed=9"]));
        mine = RunCommand.WithData(mine, null, strict: false);
        Assert.Equal(id, Unfinished.Or(fresh, runs, config, mine));
        Assert.Equal(fresh, Unfinished.Or(fresh, runs, config, RunCommand.WithData(other, null, strict: false)));
        Assert.Equal("small-21000101-000000", Unfinished.Or("small-21000101-000000", runs, config, mine));
        using (RunLock.Take(new RunFolder(runs, id), ""))
        {
            Assert.Equal(fresh, Unfinished.Or(fresh, runs, config, mine));
        }

        var (done, output, _) = await Fer.Run(command);
        Assert.Equal(ExitCode.Done, done);
        Assert.Contains($"Run {id} in ", output);
        Assert.Single(RunReader.RunIds(runs));
        Assert.Equal(fresh, Unfinished.Or(fresh, runs, config, mine));
    }

    [Fact]
    public async Task The_same_id_with_other_settings_is_refused_and_every_difference_is_named()
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), TinyRun.Start(tiny.Runs, TinyRun.Id, "gan.width=16", "loop.rounds=4"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Equal("Run 'tiny' was started with other settings (fer.gan.width: 8 then, 16 now; fer.loop.rounds: 1 then, 4 now): choose another --run-id, or go on as it was with fer resume tiny.", error.TrimEnd());
    }

    [Fact]
    public async Task Settings_of_how_it_is_carried_out_may_change()
    {
        var (code, _, _) = await Fer.Run(new NoEngine(), TinyRun.Start(tiny.Runs, TinyRun.Id, "checkpoint-steps=7"));

        Assert.Equal(ExitCode.Done, code);
    }

    [Fact]
    public async Task Paused_by_its_user_it_waits_for_resume_and_then_ends_as_if_nothing_had_been()
    {
        var started = Fer.Run(TinyRun.Start(runs, "paused", "classifier.steps=400"));
        var folder = new RunFolder(runs, "paused");
        while (!RunLock.IsHeld(folder) || RunReader.Read(folder, new JournalSettings())?.Order.IsEmpty != false)
        {
            Assert.False(started.IsCompleted, "The run ended before it could be paused.");
            await Task.Delay(50);
        }

        var (pause, said, _) = await Fer.Run("pause", "paused", "--runs", runs);

        Assert.Equal((ExitCode.Done, "Run 'paused' is paused; fer resume paused lets it go on."), (pause, said.TrimEnd()));
        Assert.Equal(ExitCode.Paused, (await started).Code);
        Assert.Equal("paused", await State("paused"));

        var (again, _, why) = await Fer.Run(TinyRun.Start(runs, "paused", "classifier.steps=400"));

        Assert.Equal((ExitCode.Paused, "Run 'paused' is paused: fer resume paused lets it go on."), (again, why.TrimEnd()));

        var (cancelled, gone, _) = await Fer.Run("cancel", "paused", "--runs", runs);

        Assert.Equal((ExitCode.Done, "Run 'paused' is cancelled."), (cancelled, gone.TrimEnd()));
        Assert.Equal("cancelled", await State("paused"));
        Assert.Equal(ExitCode.Cancelled, (await Fer.Run("resume", "paused", "--runs", runs)).Code);
    }

    [Theory]
    [InlineData(RunEnd.Paused, ExitCode.Paused)]
    [InlineData(RunEnd.Cancelled, ExitCode.Cancelled)]
    [InlineData(RunEnd.Failed, ExitCode.Failed)]
    [InlineData(RunEnd.Interrupted, ExitCode.RunAgain)]
    [InlineData(RunEnd.Faulted, ExitCode.Faulted)]
    public async Task How_a_run_ends_is_its_exit_code(RunEnd end, int code)
    {
        var engine = new EndingEngine(end);

        var result = await Fer.Run(engine, TinyRun.Start(runs, "ends"));

        Assert.Equal(code, result.Code);
        Assert.Contains("'ends'", result.Error);
        Assert.Equal(["data-report", "test", "train", "validation-a", "validation-b"], engine.Request!.New!.Inputs.Keys);
        Assert.All(engine.Request.New.Inputs.Values, hash => Assert.True(new ArtifactStore(engine.Request.Folder.Artifacts).Has(hash)));
    }

    [Fact]
    public async Task A_run_whose_start_was_cut_off_is_started_again_by_resume()
    {
        await Fer.Run(new EndingEngine(RunEnd.Interrupted), TinyRun.Start(runs, "cut"));
        var engine = new EndingEngine(RunEnd.Interrupted);

        await Fer.Run(engine, "resume", "cut", "--runs", runs);

        Assert.NotNull(engine.Request!.New);
        Assert.Equal("interrupted", await State("cut"));
    }

    [Fact]
    public async Task Where_a_thread_hangs_for_good_a_new_process_goes_on_with_the_same_run()
    {
        IReadOnlyList<string>? started = null;
        var held = true;
        var (code, _, error) = await Fer.Run(
            new EndingEngine(RunEnd.Restart),
            arguments =>
            {
                (started, held) = (arguments, RunLock.IsHeld(new RunFolder(runs, "hangs")));
                return "no more memory";
            },
            TinyRun.Start(runs, "hangs"));

        Assert.Equal(["resume", "hangs", "--runs", runs], started);
        Assert.False(held);
        Assert.Equal(ExitCode.RunAgain, code);
        Assert.Contains("A new process could not be started (no more memory): run the same command again", error);
    }

    [Fact]
    public async Task Two_first_starts_of_one_id_do_not_disturb_each_other()
    {
        var engine = new EndingEngine(RunEnd.Interrupted) { WhileHeld = () => Fer.Run(TinyRun.Start(runs, "twice")).GetAwaiter().GetResult() };

        var (code, _, _) = await Fer.Run(engine, TinyRun.Start(runs, "twice"));

        Assert.Equal(ExitCode.RunAgain, code);
        Assert.Equal(ExitCode.BadInput, engine.Other.Code);
        Assert.Equal("Run 'twice' is in use by another process: wait for it, stop it, or choose another --run-id.", engine.Other.Error.TrimEnd());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_journal_that_was_cut_or_lost_is_no_new_run_and_no_file_is_touched(string? content)
    {
        var folder = new RunFolder(runs, "cut");
        Copy(tiny.Folder.Path, folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "begun"), "cut");
        foreach (var file in Directory.GetFiles(folder.Path, "journal.db*"))
        {
            File.Delete(file);
        }

        if (content is not null)
        {
            File.WriteAllText(folder.Journal, content);
        }

        var files = new ArtifactStore(folder.Artifacts).All().Order().ToList();
        var (code, _, error) = await Fer.Run(TinyRun.Start(runs, "cut"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith("Run 'cut' has begun, but its journal holds nothing of it: put back a copy of ", error);
        Assert.Equal(files, new ArtifactStore(folder.Artifacts).All().Order());
    }

    [Fact]
    public async Task A_folder_under_another_name_is_named_as_whose_it_is()
    {
        Copy(tiny.Folder.Path, Path.Combine(runs, "renamed"));

        var (code, _, error) = await Fer.Run("resume", "renamed", "--runs", runs);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("is that of run 'tiny'", Assert.Single(error.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task A_start_that_was_killed_while_it_read_its_faces_is_resumed_with_its_own_settings()
    {
        var engine = new EndingEngine(RunEnd.Interrupted);
        await Fer.Run(engine, TinyRun.Start(runs, "early"));
        Directory.Delete(engine.Request!.Folder.Artifacts, recursive: true);

        await Fer.Run(engine, "resume", "early", "--runs", runs);
        var again = engine.Request.New!.Settings;
        File.Delete(RunFile.PathIn(engine.Request.Folder));
        var (code, _, error) = await Fer.Run(engine, "resume", "early", "--runs", runs);

        Assert.Contains("\"Steps\":6", again);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("start it again with fer run CONFIG --run-id early", error);
    }

    [Fact]
    public async Task Weights_of_another_network_are_refused_before_there_is_a_run()
    {
        var weights = Path.Combine(runs, "other.safetensors");
        File.WriteAllBytes(weights, new SafeTensors().ToBytes());

        var (code, _, error) = await Fer.Run(new NoEngine(), TinyRun.Start(runs, "weights", "gan.warm-up=perceptual", $"gan.warm-up-weights={weights}"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith(weights, Assert.Single(error.TrimEnd().Split('\n')));
        Assert.False(Directory.Exists(Path.Combine(runs, "weights")));
    }

    [Fact]
    public async Task Images_that_the_generator_cannot_draw_are_refused_before_there_is_a_run()
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), TinyRun.Start(runs, "odd", "data.image-size=33"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("multiples of 8", Assert.Single(error.TrimEnd().Split('\n')));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    [Fact]
    public async Task A_dry_run_shows_settings_data_plan_and_files_and_writes_nothing()
    {
        var (code, output, _) = await Fer.Run([.. TinyRun.Start(runs, "dry"), "--dry-run"]);

        Assert.Equal(ExitCode.Done, code);
        foreach (var part in new[] { "fer.gan.width = 8   # default 24", "validation B: ", "torch: ", "gan/round-1/all", "sample/round-1/sad", "journal.db", "Nothing was written." })
        {
            Assert.Contains(part, output);
        }

        Assert.False(Directory.Exists(Path.Combine(runs, "dry")));
    }

    [Fact]
    public async Task Data_that_is_not_there_is_one_sentence()
    {
        var (code, _, error) = await Fer.Run([.. TinyRun.Start(runs, "nowhere"), "--data", Path.Combine(runs, "none")]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith($"{Path.Combine(runs, "none")} does not exist", Assert.Single(error.TrimEnd().Split('\n')));
        Assert.False(Directory.Exists(Path.Combine(runs, "nowhere")));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_never_called_run_me_again()
    {
        var (code, _, error) = await Fer.Run("data", "inspect", tiny.Folder.Path, "--sheet", Path.Combine(runs, "no such folder", "sheet.png"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Wrong_settings_are_told_all_at_once()
    {
        var (code, _, error) = await Fer.Run(TinyRun.Start(runs, "wrong", "gan.widht=8", "loop.rounds=none"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("did you mean width?", error);
        Assert.Contains("fer.loop.rounds: found 'none', expected a whole number from 1 to 1000.", error);
    }

    [Fact]
    public async Task A_configuration_that_does_not_exist_is_answered_with_those_that_do()
    {
        var (code, _, error) = await Fer.Run("run", "fer2014");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("demo, fer2013", error);
    }

    [Theory]
    [InlineData("experiments/My faces.conf", "My-faces-20260131-120000")]
    [InlineData("__.conf", "run-20260131-120000")]
    public void A_run_without_an_id_is_named_after_its_configuration_and_the_time(string config, string id) =>
        Assert.Equal(id, Configs.RunIdFor(config, new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)));

    private async Task<string> State(string id) => (string)JsonNode.Parse((await Fer.Run("status", id, "--json", "--runs", runs)).Output)!["state"]!;

    private sealed class EndingEngine(RunEnd end) : IRunEngine
    {
        public RunRequest? Request { get; private set; }

        /// <summary>Done while the run is this engine's.</summary>
        public Func<(int Code, string Output, string Error)>? WhileHeld { get; init; }

        public (int Code, string Output, string Error) Other { get; private set; }

        public Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop)
        {
            Request = request;
            Other = WhileHeld?.Invoke() ?? default;
            return Task.FromResult(new RunOutcome(end, RunState.Empty, "so it was."));
        }
    }
}
