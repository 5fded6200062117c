using System.Text.Json.Nodes;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Hosting;
using Fer.Models.Data;
using Fer.Models.Data.Sketch;

namespace Fer.Host.Tests.Commands;

/// <summary>Commands that look at a finished run.</summary>
public sealed class LookingTests(TinyRun tiny) : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("fer-looking-").FullName;

    public void Dispose() => Directory.Delete(place, recursive: true);

    [Fact]
    public async Task Status_of_one_run_is_one_object_and_of_all_an_array()
    {
        var one = JsonNode.Parse((await Fer.Run("status", TinyRun.Id, "--json", "--runs", tiny.Runs)).Output)!;
        var all = JsonNode.Parse((await Fer.Run("status", "--json", "--runs", tiny.Runs)).Output)!.AsArray();

        Assert.Equal(("tiny", "completed", 1, 0), ((string?)one["runId"], (string?)one["state"], (int?)one["round"], (int?)one["restarts"]));
        Assert.InRange((double)one["arms"]!["control"]!["accuracy"]!, 0, 1);
        Assert.Contains((string?)one["final"]!["vsControl"]!["verdict"], new[] { "better", "worse", "equivalent", "undecided" });
        Assert.Equal(64, ((string)one["final"]!["classifierSha256"]!).Length);
        Assert.Equal(64, ((string)one["final"]!["generatorSha256"]!).Length);
        Assert.Contains(all, r => JsonNode.DeepEquals(r, one));
    }

    [Fact]
    public async Task Status_for_people_is_a_table() => Assert.Contains("completed", (await Fer.Run("status", "--runs", tiny.Runs)).Output);

    [Fact]
    public async Task Without_runs_status_says_so()
    {
        var (code, output, _) = await Fer.Run("status", "--runs", place);

        Assert.Equal((ExitCode.Done, $"There are no runs in {place}."), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task Verify_finds_a_sound_run_sound()
    {
        var (code, output, error) = await Fer.Run("verify", TinyRun.Id, "--runs", tiny.Runs);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("all as their hashes say", output);
        Assert.Contains("their hashes fit", output);
        Assert.Contains("identical, bit for bit", output);
    }

    [Fact]
    public async Task Verify_names_the_step_and_file_that_was_changed()
    {
        var folder = Copy();
        var hash = RunReader.Read(folder, new JournalSettings())!.Completed(Names.Classify(Names.Control, 0))!.Files["weights"];
        var path = new ArtifactStore(folder.Artifacts).PathOf(hash);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        var (code, _, error) = await Fer.Run("verify", TinyRun.Id, "--runs", place);

        Assert.Equal(ExitCode.Findings, code);
        Assert.Contains("classify/control/seed-0, weights: ", error);
        Assert.Contains("is damaged", error);
    }

    [Fact]
    public async Task Trace_shows_the_recipe_and_draws_the_same_bits_again()
    {
        var id = AnImage().Id;

        var (code, output, error) = await Fer.Run("trace", id, "--run", TinyRun.Id, "--runs", tiny.Runs);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains($"image       {id}", output);
        Assert.Contains("step sample/round-1/", output);
        Assert.Contains("identical, bit for bit", output);
    }

    [Fact]
    public async Task Trace_takes_an_exported_picture_and_sees_when_it_was_touched()
    {
        var id = AnImage().Id;
        var png = Path.Combine(place, $"{id}.png");
        Assert.Equal(ExitCode.Done, (await Fer.Run("trace", id, "--runs", tiny.Runs, "--png", png)).Code);

        var untouched = await Fer.Run("trace", png, "--runs", tiny.Runs);
        var bytes = File.ReadAllBytes(png);
        bytes[^20] ^= 1;
        File.WriteAllBytes(png, bytes);
        var touched = await Fer.Run("trace", png, "--runs", tiny.Runs);

        Assert.Equal((ExitCode.Done, ExitCode.Findings), (untouched.Code, touched.Code));
        Assert.Contains("is not the file that this run exports", touched.Output);
    }

    [Fact]
    public async Task Trace_of_an_image_that_no_run_has_is_one_sentence()
    {
        var (code, _, error) = await Fer.Run("trace", "gan-happy-r9-0-0", "--run", TinyRun.Id, "--runs", tiny.Runs);

        Assert.Equal((ExitCode.BadInput, "No image 'gan-happy-r9-0-0' in run 'tiny': expected the id of a kept, rejected or sampled image, such as gan-happy-r1-0-3."), (code, error.TrimEnd()));
    }

    [Fact]
    public async Task Evaluate_gives_every_arm_s_figures_on_other_faces_and_the_logits_of_each()
    {
        var faces = Faces(("Happy", "happy"), ("sad", "sad"), ("angry", "angry"));
        var map = Path.Combine(place, "labels.conf");
        File.WriteAllText(map, "labels { Happy = happy }");

        var (code, output, error) = await Fer.Run("evaluate", TinyRun.Id, "--runs", tiny.Runs, "--data", faces, "--map", map, "--to", Path.Combine(place, "out"));

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("The class 'angry' is left out (4 faces)", error);
        Assert.Contains("macro F1", output);
        Assert.Matches(@"Refined − control: [+−]?\d+\.\d points of macro F1 \(95 % interval ", output);
        Assert.Contains("Refined − real: ", output);
        var logits = File.ReadAllLines(Path.Combine(place, "out", "logits.csv"));
        Assert.Equal("image,truth,arm,loop,seed,predicted,logit.happy,logit.sad", logits[0]);
        Assert.Equal(3 * 8, logits.Length - 1);
        Assert.True(File.Exists(Path.Combine(place, "out", "figures.json")));
    }

    [Fact]
    public async Task Evaluate_refuses_a_map_to_a_class_that_the_run_lacks()
    {
        var map = Path.Combine(place, "labels.conf");
        File.WriteAllText(map, "labels { Happy = joyful }");

        var (code, _, error) = await Fer.Run("evaluate", TinyRun.Id, "--runs", tiny.Runs, "--data", Faces(("Happy", "happy")), "--map", map);

        Assert.Equal((ExitCode.BadInput, "The label map sends 'Happy' to 'joyful', which the run does not have: expected one of happy, sad."), (code, error.TrimEnd()));
    }

    [Fact]
    public async Task An_exported_picture_leads_back_to_its_recipe_though_other_runs_have_images_of_that_id()
    {
        var (code, output, _) = await Fer.Run("export", TinyRun.Id, "--runs", tiny.Runs, "--to", Path.Combine(place, "export"));
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(" networks, ", output);
        var pictures = Directory.Exists(Path.Combine(place, "export", "images")) ? Directory.GetFiles(Path.Combine(place, "export", "images"), "*.png", SearchOption.AllDirectories) : [];
        if (pictures.Length == 0)
        {
            Assert.Skip("This tiny run kept no image on this machine.");
        }

        var traced = await Fer.Run("trace", pictures[0], "--runs", tiny.Runs);

        Assert.Equal((ExitCode.Done, ""), (traced.Code, traced.Error));
        Assert.Contains("holds these pixels", traced.Output);
        Assert.Contains("kept", traced.Output);
    }

    [Fact]
    public async Task A_run_compared_with_itself_has_the_same_bytes()
    {
        var (code, output, _) = await Fer.Run("compare", TinyRun.Id, TinyRun.Id, "--runs", tiny.Runs);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("made the same bytes", output);
    }

    [Fact]
    public async Task Report_writes_the_page_again()
    {
        Copy();

        var (code, output, _) = await Fer.Run("report", TinyRun.Id, "--runs", place);

        Assert.Equal(ExitCode.Done, code);
        Assert.True(File.Exists(output.Trim()));
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("pause")]
    [InlineData("status")]
    [InlineData("verify")]
    [InlineData("report")]
    public async Task A_run_that_does_not_exist_is_one_sentence(string command)
    {
        var (code, _, error) = await Fer.Run(command, "tinny", "--runs", tiny.Runs);

        Assert.Equal((ExitCode.BadInput, $"There is no run 'tinny' in {tiny.Runs}; did you mean tiny?"), (code, error.TrimEnd()));
    }

    [Fact]
    public async Task Inspecting_data_counts_it_and_draws_a_sheet()
    {
        var sheet = Path.Combine(place, "sheet.png");

        var (code, output, _) = await Fer.Run("data", "inspect", Faces(("happy", "happy"), ("sad", "sad")), "--sheet", sheet);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("class folders", output);
        Assert.Contains("Twins: 0 groups", output);
        Assert.True(File.Exists(sheet));
    }

    [Fact]
    public async Task The_doctor_says_what_is_there()
    {
        var (code, output, _) = await Fer.Run("doctor", "--runs", place);

        Assert.Equal(ExitCode.Done, code);
        foreach (var subject in new[] { "libtorch", "OpenCV", "devices", "memory", "disk", "journal", "Seq" })
        {
            Assert.Contains($"{subject}: ", output);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(place));
    }

    [Fact]
    public async Task The_doctor_names_a_device_that_does_not_exist_and_a_server_that_is_away()
    {
        var (code, output, _) = await Fer.Run("doctor", "--runs", place, "--set", "devices=[cpu:999]", "--set", "seq.url=http://127.0.0.1:1", "--set", "otlp.endpoint=http://127.0.0.1:1");

        Assert.Equal(ExitCode.Findings, code);
        Assert.Contains("'cpu:999' does not exist", output);
        Assert.Contains("http://127.0.0.1:1 does not answer", output);
    }

    [Fact]
    public async Task The_doctor_shows_no_password_of_a_server()
    {
        var (_, output, error) = await Fer.Run("doctor", "--runs", place, "--set", "seq.url=http://amy:hunter2@127.0.0.1:1", "--set", "otlp.endpoint=http://amy:hunter2@127.0.0.1:1");

        Assert.Contains("http://***@127.0.0.1:1 does not answer", output);
        Assert.DoesNotContain("hunter2", output + error);
    }

    [Fact]
    public async Task Trace_leaves_out_runs_that_cannot_be_read()
    {
        var image = AnImage();
        Copy();
        foreach (var id in new[] { "a-damaged", "b-damaged" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(place, TinyRun.Id), "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(place, id, Path.GetRelativePath(Path.Combine(place, TinyRun.Id), file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        File.WriteAllText(new RunFolder(place, "a-damaged").Journal, "This is no journal, and long enough to be seen as none.");
        File.Delete(Path.Combine(place, "a-damaged", "journal.db-wal"));
        File.WriteAllText(RunFile.PathIn(new RunFolder(place, "b-damaged")), "{");

        var (code, output, error) = await Fer.Run("trace", image.Id, "--runs", place);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("identical, bit for bit", output);
        Assert.Equal(["Run 'a-damaged' is left out: ", "Run 'b-damaged' is left out: "], error.TrimEnd().Split('\n').Select(l => l[..29]));
    }

    [Fact]
    public async Task Trace_leaves_out_a_run_whose_images_are_gone_but_not_the_one_it_was_told_to_look_at()
    {
        var folder = Copy();
        Directory.Delete(folder.Artifacts, recursive: true);

        var (all, _, left) = await Fer.Run("trace", "gan-happy-r9-0-0", "--runs", place);
        var (one, _, error) = await Fer.Run("trace", "gan-happy-r9-0-0", "--run", TinyRun.Id, "--runs", place);

        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput), (all, one));
        Assert.StartsWith("Run 'tiny' is left out: ", left);
        Assert.Contains("is missing", error);
        Assert.DoesNotContain("left out", error);
    }

    [Fact]
    public async Task Evaluate_says_when_the_faces_are_the_run_s_own_test_faces()
    {
        var data = JobDifferences.Read(RunReader.Read(tiny.Folder, new JournalSettings())!.Settings).Settings.Data;
        var root = Path.Combine(place, "own");
        var test = SketchFaces.Draw(data.SketchSeed, "test", data.SketchTestCount, new LabelSpace(data.Classes), SketchFaces.Balanced, data.ImageSize, data.Channels);
        for (var i = 0; i < test.Count; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, test.Labels[test.Rows[i].Label]));
            File.WriteAllBytes(Path.Combine(folder.FullName, $"{i}.png"), PngFile.Encode(test.Image(i), data.Channels, data.ImageSize, data.ImageSize));
        }

        var (code, _, error) = await Fer.Run("evaluate", TinyRun.Id, "--runs", tiny.Runs, "--data", root, "--to", Path.Combine(place, "out"));

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("faces of the run's own test set", error);
    }

    private ImageRow AnImage()
    {
        var store = new ArtifactStore(tiny.Folder.Artifacts);
        var samples = RunReader.Read(tiny.Folder, new JournalSettings())!.Steps.Values.Where(s => s.Spec.Name.StartsWith("sample/", StringComparison.Ordinal));
        return samples.Select(s => ImageSet.Read(store.Get(s.Files["drawn"]), "drawn")).First(s => s.Count > 0).Rows[0];
    }

    private RunFolder Copy()
    {
        var to = Path.Combine(place, TinyRun.Id);
        foreach (var file in Directory.EnumerateFiles(tiny.Folder.Path, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(tiny.Folder.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return new RunFolder(place, TinyRun.Id);
    }

    /// <summary>Class folders of drawn faces, four of each.</summary>
    private string Faces(params (string Folder, string Class)[] classes)
    {
        var root = Path.Combine(place, "faces");
        var data = DataLoader.Load(new DataSettings { Classes = ["happy", "sad", "angry"], ImageSize = 32, SketchCount = 120, SketchTestCount = 10, SketchSeed = 77 });
        foreach (var (folder, name) in classes)
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
            foreach (var (index, n) in data.Train.IndicesOf(data.Train.Labels.IndexOf(name)).Take(4).Select((index, n) => (index, n)))
            {
                File.WriteAllBytes(Path.Combine(root, folder, $"{n}.png"), PngFile.Encode(data.Train.Image(index), 1, 32, 32));
            }
        }

        return root;
    }
}
