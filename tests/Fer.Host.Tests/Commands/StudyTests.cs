using System.Collections;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Tests.Commands;

/// <summary><c>fer study levers</c>, and the other commands on such a run.</summary>
public sealed class StudyTests : IDisposable
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-study-").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public async Task Levers_are_screened_to_a_table_and_a_recipe_that_fer_run_takes_and_every_command_knows_such_a_run()
    {
        // Paused in the middle: what goes on is the screening, not a run of the loop.
        var started = Fer.Run(Start("study", "--lever", "loop.labels=soft", "--lever", "classifier.mixup=0.20"));
        var folder = new RunFolder(runs, "study");
        while (!RunLock.IsHeld(folder) || RunReader.Read(folder, new JournalSettings())?.Steps.Values.Any(s => s.Status == StepStatus.Completed) != true)
        {
            Assert.False(started.IsCompleted, "The screening ended before it could be paused.");
            await Task.Delay(20);
        }

        Assert.Equal(ExitCode.Done, (await Fer.Run("pause", "study", "--runs", runs)).Code);
        Assert.Equal(ExitCode.Paused, (await started).Code);
        await All("report", "status", "verify");

        var (code, output, error) = await Fer.Run("resume", "study", "--runs", runs);

        Assert.True(code == ExitCode.Done, error);
        foreach (var part in new[] { "Validation B, points of macro F1 against the base, 3 loops, 1 seed each", "loop.labels", "classifier.mixup", "Screening chooses, it proves nothing: 2 values", $"Recipe: {RecipeFile.PathIn(folder)}" })
        {
            Assert.Contains(part, output);
        }

        var recipe = FerConfig.Load(RecipeFile.PathIn(folder), [], new Hashtable());
        var figures = RunReader.Read(folder, new JournalSettings())!.Figures;
        Assert.Equal(figures["loop.labels=soft.taken"] > 0 ? "soft" : "hard", recipe.Job.Loop.Labels);
        Assert.Equal(figures["classifier.mixup=0.2.taken"] > 0 ? 0.2 : 0, recipe.Job.Classifier.Mixup);
        Assert.Equal(SettingsText.Lines(Settings()), SettingsText.Lines(recipe with { Job = recipe.Job with { Loop = recipe.Job.Loop with { Labels = "hard" }, Classifier = recipe.Job.Classifier with { Mixup = 0 } } }));
        Assert.Equal(ExitCode.Done, (await Fer.Run("run", RecipeFile.PathIn(folder), "--runs", runs, "--dry-run")).Code);

        await All("report", "status", "verify");
        Assert.Contains("loop.labels", (await Fer.Run("status", "study", "--runs", runs)).Output);
        Assert.Equal("completed", (string)JsonNode.Parse((await Fer.Run("status", "study", "--json", "--runs", runs)).Output)!["state"]!);
        Assert.Contains("identical, bit for bit", (await Fer.Run("verify", "study", "--runs", runs)).Output);
        Assert.Contains(figures.Any(f => f.Key.EndsWith(".taken", StringComparison.Ordinal) && f.Value > 0) ? "Taken into the recipe: " : "No value of any lever moved", Page(folder));
        Assert.Equal(ExitCode.Done, (await Fer.Run("compare", "study", "study", "--runs", runs)).Code);
        foreach (var arguments in new[] { new[] { "evaluate", "study", "--data", runs }, ["export", "study", "--to", Path.Combine(runs, "out")] })
        {
            var refused = await Fer.Run([.. arguments, "--runs", runs]);
            Assert.Equal(ExitCode.BadInput, refused.Code);
            Assert.StartsWith("Run 'study' screens levers: ", Assert.Single(refused.Error.TrimEnd().Split('\n')));
        }

        var other = await Fer.Run("run", Config(), "--runs", runs, "--run-id", "study");
        Assert.Equal("Run 'study' was started with other settings (job: levers then, refinement now): choose another --run-id, or go on as it was with fer resume study.", other.Error.TrimEnd());
        var others = await Fer.Run(Start("study", "--lever", "loop.labels=soft"));
        Assert.Contains("levers: loop.labels=soft classifier.mixup=0.2 then, loop.labels=soft now", others.Error);
    }

    [Theory]
    [InlineData("loop.label=soft", "--lever loop.label: there is no such lever; did you mean loop.labels?")]
    [InlineData("loop.labels", "--lever: found 'loop.labels', expected KEY=VALUE or KEY=VALUE,VALUE, such as loop.labels=soft.")]
    [InlineData("loop.labels=firm", "--lever loop.labels: found 'firm', expected hard or soft.")]
    [InlineData("filter.quantile=0.2,7", "--lever filter.quantile: found '7', expected a number from 0 to 1.")]
    [InlineData("fer.loop.labels=hard", "--lever loop.labels: hard is its value already, so there is nothing to try; name another value.")]
    [InlineData("filter.realism=reject", "--lever filter.realism=reject cannot be tried on these settings: needs filter.pool of 2 or more.")]
    public async Task A_lever_that_does_not_exist_or_cannot_be_moved_is_one_sentence_before_any_face_is_read(string lever, string sentence)
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), Start("wrong", "--lever", lever, "--data", Path.Combine(runs, "nowhere")));

        Assert.Equal((ExitCode.BadInput, sentence), (code, error.TrimEnd()));
        Assert.False(Directory.Exists(Path.Combine(runs, "wrong")));
    }

    [Fact]
    public async Task Levers_are_not_judged_by_faces_whose_twins_are_trained_on()
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), Start("wrong", "--set", "data.twins=as-they-come", "--data", Path.Combine(runs, "nowhere")));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith("fer.data.twins is as-they-come: a lever is judged by validation faces", Assert.Single(error.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task A_word_that_is_near_no_lever_is_answered_with_all_of_them()
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), Start("wrong", "--lever", "gan.width=16"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith("--lever gan.width: there is no such lever; expected one of loop.labels, ", Assert.Single(error.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_tried_and_what_cannot_be_and_writes_nothing()
    {
        var (code, output, _) = await Fer.Run(new NoEngine(), Start("dry", "--dry-run"));

        Assert.Equal(ExitCode.Done, code);
        foreach (var part in new[] { "Levers, each over 3 loops and 1 seed, on validation B alone", "filter.rule = none or top or band, beside quantile", "gan.feedback=all is left out: needs loop.rounds of 2 or more.", "lever/loop.labels=soft/loop-3/classify/refined/seed-0", "screen", "recipe.conf", "Nothing was written." })
        {
            Assert.Contains(part, output);
        }

        Assert.False(Directory.Exists(Path.Combine(runs, "dry")));
    }

    [Fact]
    public async Task A_screening_whose_start_was_cut_off_is_started_again_by_resume()
    {
        var engine = new CutEngine();
        await Fer.Run(engine, Start("cut", "--lever", "loop.labels=soft"));
        var first = engine.Request!.New!;

        await Fer.Run(engine, "resume", "cut", "--runs", runs);

        Assert.Equal((LeverNames.Job, first.Settings), (engine.Request.New!.Job, engine.Request.New.Settings));
        Assert.DoesNotContain(Names.Test, engine.Request.New.Inputs.Keys);
    }

    [Fact]
    public void A_recipe_holds_no_password_and_no_address_that_lost_one()
    {
        var settings = FerConfig.Parse("fer { seq { url = \"http://amy:hunter2@seq:5341\", api-key = hunter3 }, journal { provider = postgres, connection-string = \"Password=hunter4\" }, gan.width = 16 }", "x.conf", [], new Hashtable());

        var text = RecipeFile.Text("study", settings, "fer.loop.labels = soft  # taken over hard: +1.0 points of macro F1, standard error 0.1\n");

        Assert.DoesNotContain("hunter", text);
        Assert.DoesNotContain(Secrets.Mask, text);
        var read = FerConfig.Parse(text, "recipe.conf", [], new Hashtable { [FerConfig.ConnectionStringVariable] = "Host=db" });
        Assert.Equal(("", 16, "soft"), (read.Seq.Url, read.Job.Gan.Width, read.Job.Loop.Labels));
    }

    [Fact]
    public void A_step_of_a_lever_stands_where_its_own_name_says()
    {
        Assert.Equal(new StepPlace("sample", 2, "happy"), StepPlace.Of("lever/loop.labels=soft/loop-2/sample/round-2/happy"));
        Assert.Equal("lever/loop.labels=soft/loop-2/", StepPlace.ScopeOf("lever/loop.labels=soft/loop-2/sample/round-2/happy"));
        Assert.Equal(new StepPlace("gan", 1, "all"), StepPlace.Of("loop-3/gan/round-1/all"));
        Assert.Equal("", StepPlace.ScopeOf("gan/round-1/all"));
    }

    private async Task All(params string[] commands)
    {
        foreach (var command in commands)
        {
            var (code, _, error) = await Fer.Run(command, "study", "--runs", runs);
            Assert.True(code == ExitCode.Done, $"{command}: {error}");
        }

        Assert.Contains("study", (await Fer.Run("status", "--runs", runs)).Output);
    }

    private static string Page(RunFolder folder) => XDocument.Load(folder.Report).Root!.Value;

    private string[] Start(string id, params IEnumerable<string> more) => ["study", "levers", Config(), "--runs", runs, "--run-id", id, .. TinyRun.Sets.SelectMany(s => new[] { "--set", s }), .. more];

    private FerSettings Settings() => RunCommand.WithData(FerConfig.Load(Config(), TinyRun.Sets, new Hashtable()), null, strict: false);

    private string Config()
    {
        var path = Path.Combine(runs, "tiny.conf");
        File.WriteAllText(path, "fer { }\n");
        return path;
    }

    private sealed class CutEngine : IRunEngine
    {
        public RunRequest? Request { get; private set; }

        public Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop)
        {
            Request = request;
            return Task.FromResult(new RunOutcome(RunEnd.Interrupted, RunState.Empty, "so it was."));
        }
    }
}
