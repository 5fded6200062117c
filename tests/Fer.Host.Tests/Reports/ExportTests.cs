using System.Security.Cryptography;
using System.Text;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Export;
using Fer.Models;
using Fer.Models.Data;
using OpenCvSharp;

namespace Fer.Host.Tests.Reports;

/// <summary>A whole run, exported once for all tests that only look at it. Its refined arm uses two of three rounds.</summary>
public sealed class WholeExport : IDisposable
{
    public WholeExport()
    {
        Run = new SampleRun { RoundsUsed = 2 }.Complete("better");
        State = Run.State;
        Folder = RunExport.Export(State, Run.Store, Path.Combine(Run.Temporary, "out")).Folder;
    }

    internal SampleRun Run { get; }

    internal RunState State { get; }

    internal string Folder { get; }

    public void Dispose() => Run.Dispose();
}

public class ExportTests(WholeExport whole) : IClassFixture<WholeExport>
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exported_image_has_exactly_the_pixels_that_were_kept(int channels)
    {
        using var run = new SampleRun { Rounds = 1, Channels = channels }.Complete();
        var rows = Provenance(Export(run));
        Assert.Equal(run.State.Steps.Values.Where(s => s.Spec.Name.StartsWith("sample/", StringComparison.Ordinal)).Sum(s => s.Figures["kept"]), rows.Count);
        var kept = ImageSet.Read(run.Store.Get(run.State.Steps[Names.Sample(1, "fear")].Files["kept"]), "kept");
        var folder = Path.Combine(run.Temporary, "out");
        foreach (var row in rows.Where(r => r["class"] == "fear"))
        {
            var index = kept.Rows.Select(r => r.Id).ToList().IndexOf(row["id"]);
            using var image = Cv2.ImDecode(File.ReadAllBytes(Path.Combine(folder, row["file"])), ImreadModes.Unchanged);
            Assert.Equal(channels, image.Channels());
            Assert.Equal(kept.Image(index).ToArray(), Planes(image));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(kept.Image(index))), row["pixels_sha256"]);
        }
    }

    [Fact]
    public void Every_image_has_a_complete_row_of_provenance_and_every_row_its_file()
    {
        var folder = whole.Folder;
        var rows = Provenance(folder);
        Assert.All(rows, r => Assert.All(r, cell => Assert.Equal(cell.Key == "feature_distance", string.IsNullOrEmpty(cell.Value))));
        Assert.All(rows, r => Assert.Equal("kept", r["set"]));
        Assert.Equal(rows.Select(r => Path.Combine(folder, r["file"])).Order(StringComparer.Ordinal), Directory.EnumerateFiles(Path.Combine(folder, "images"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.Equal(rows.Count, rows.Select(r => r["id"]).Distinct().Count());
        Assert.All(rows, r => Assert.Equal(r["round"] is "1" or "2" ? "true" : "false", r["used_by_refined_arm"]));
        var generators = Enumerable.Range(1, whole.Run.Rounds).ToDictionary(r => $"{r}", r => whole.State.Steps[Names.Gan(r, "all")].Files["generator"]);
        Assert.All(rows, r => Assert.Equal(generators[r["round"]], r["generator_sha256"]));
    }

    [Fact]
    public void What_took_turns_with_kept_images_is_exported_beside_them_and_said_to_be_spare()
    {
        using var run = new SampleRun { Rounds = 1, Spare = 4 }.Complete();
        var folder = Export(run);
        var rows = Provenance(folder);

        Assert.Equal(4 * SampleRun.Labels.Count, rows.Count(r => r["set"] == "spare"));
        Assert.All(rows.Where(r => r["set"] == "spare"), r => Assert.Equal("0.5", r["feature_distance"]));
        Assert.All(rows, r => Assert.True(File.Exists(Path.Combine(folder, r["file"]))));
        Assert.Contains("Of them 20 are spare", File.ReadAllText(Path.Combine(folder, "README.md")));
    }

    [Fact]
    public void The_card_claims_no_clean_test_set_where_twins_were_left_as_they_come()
    {
        using var run = new SampleRun { Rounds = 1, Leaked = 9 }.Complete();
        var card = File.ReadAllText(Path.Combine(Export(run), "README.md"));

        Assert.Contains("9 test images had a pixel-identical twin", card);
        Assert.DoesNotContain("no validation or test face was shown to a generator", card);
        Assert.Contains("no validation or test face was shown to a generator", File.ReadAllText(Path.Combine(whole.Folder, "README.md")));
    }

    [Fact]
    public void Networks_are_copies_of_the_artifacts()
    {
        var folder = whole.Folder;
        Assert.Equal(whole.Run.Store.Get(whole.State.Steps[Names.Classify(Names.Refined, 1)].Files["weights"]), File.ReadAllBytes(Path.Combine(folder, "networks", "classifier-refined-seed-1.safetensors")));
        Assert.Equal(whole.Run.Store.Get(whole.State.Steps[Names.Gan(3, "all")].Files["generator"]), File.ReadAllBytes(Path.Combine(folder, "networks", "generator-round-3-all.safetensors")));
        Assert.Equal(3 * whole.Run.Seeds + whole.Run.Rounds, Directory.GetFiles(Path.Combine(folder, "networks")).Length);
    }

    [Fact]
    public void Metrics_and_the_card_stand_beside_the_images()
    {
        var folder = whole.Folder;
        var metrics = File.ReadAllLines(Path.Combine(folder, "metrics.csv"));
        Assert.Equal("set,arm,loop,seed,figure,value", metrics[0]);
        Assert.Equal(3 * whole.Run.Seeds, metrics.Count(l => l.StartsWith("test,", StringComparison.Ordinal) && l.Contains(",macroF1,", StringComparison.Ordinal)));
        var card = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.Contains("no claim about the method", card);
        Assert.Contains("| happy | 17 | 18 | 19 | 54 |", card);
        Assert.Contains("fer.gan.learning-rate = 0.0002", File.ReadAllText(Path.Combine(folder, "settings.conf")));
    }

    [Fact]
    public void The_card_says_what_the_real_faces_are_and_how_the_filter_was_fitted()
    {
        var card = File.ReadAllText(Path.Combine(whole.Folder, "README.md"));

        Assert.Contains("- Source: drawn <faces> & more", card);
        Assert.Contains($"all 624 images read: {new string('a', 64)}", card);
        Assert.Contains($"networks were shown: {whole.State.Inputs[Names.Train]}", card);
        Assert.Contains("- Licence: the program does not know", card);
        Assert.Contains("`filter/round-1`, teacher `classify/round-1` (trained on real and kept faces): accuracy 56.0 %, macro F1 54.0 % on validation B. Fitted on validation A", card);
        Assert.Contains("temperature 1.62, near-copy distance 0.21; least confidence: angry 0.31, fear 0.34,", card);
    }

    [Fact]
    public void Of_several_loops_the_card_names_the_rounds_and_the_teachers_of_each()
    {
        using var run = new SampleRun { Rounds = 1, Seeds = 1, Loops = 2, AllArms = true }.Complete();
        var card = File.ReadAllText(Path.Combine(Export(run), "README.md"));
        Assert.Contains("in the first of 2 loops, each with its own GAN", card);
        Assert.Contains("The refined classifiers of loop 1 were trained with rounds 1 to 1", card);
        Assert.Contains("The refined classifiers of loop 2 were trained with rounds 1 to 1", card);
        Assert.Contains("`loop-2/filter/round-0`, the mean of 3 teachers, each trained on real faces alone without one fold of them: `loop-2/classify/teacher-0` accuracy 54.0 %, macro F1 52.0 %;", card);
        Assert.Contains("| happy | 36 | 36 |", card);
    }

    [Fact]
    public void The_same_run_exports_the_same_bytes()
    {
        using var run = new SampleRun { Rounds = 1 }.Complete();
        string first = Export(run), second = Export(run, "again");
        var files = Directory.EnumerateFiles(first, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(first, f)).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(files, Directory.EnumerateFiles(second, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(second, f)).Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(Path.Combine(first, f)), File.ReadAllBytes(Path.Combine(second, f))));
    }

    [Fact]
    public void No_real_image_is_exported_whether_training_validation_or_test()
    {
        Assert.All(Provenance(whole.Folder), r => Assert.Equal($"gan-{r["class"]}-r{r["round"]}-{r["batch"]}-{r["place"]}", r["id"]));
    }

    [Fact]
    public void A_target_that_is_not_empty_is_refused_and_left_alone()
    {
        using var run = new SampleRun { Rounds = 1 }.Complete();
        var folder = Directory.CreateDirectory(Path.Combine(run.Temporary, "mine"));
        File.WriteAllText(Path.Combine(folder.FullName, "thesis.txt"), "words");
        var e = Assert.Throws<BadInputException>(() => RunExport.Export(run.State, run.Store, folder.FullName));
        Assert.Contains("is not empty: found thesis.txt", e.Message);
        Assert.Equal(["thesis.txt"], folder.EnumerateFileSystemInfos().Select(f => f.Name));
        Assert.Throws<BadInputException>(() => RunExport.Export(run.State, run.Store, Path.Combine(folder.FullName, "thesis.txt")));
    }

    [Fact]
    public void An_empty_target_is_taken_and_half_an_export_is_never_left()
    {
        using var run = new SampleRun { Rounds = 1 }.Complete();
        var folder = Directory.CreateDirectory(Path.Combine(run.Temporary, "empty")).FullName;
        File.WriteAllText(run.Store.PathOf(run.State.Steps[Names.Sample(1, "sad")].Files["kept"]), "cut");
        var e = Assert.Throws<BadInputException>(() => RunExport.Export(run.State, run.Store, folder));
        Assert.Contains("cannot be exported whole", e.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(run.Temporary), f => f.Contains(".part-", StringComparison.Ordinal));
    }

    [Fact]
    public void Before_the_run_has_decided_no_image_is_said_to_be_used()
    {
        using var run = new SampleRun().Start();
        run.Baseline();
        run.Round(1);
        Assert.All(Provenance(Export(run)), r => Assert.Equal("undecided", r["used_by_refined_arm"]));
    }

    [Fact]
    public void A_run_with_nothing_yet_is_refused()
    {
        using var run = new SampleRun().Start();
        Assert.Contains("nothing to export yet", Assert.Throws<BadInputException>(() => Export(run)).Message);
    }

    private static string Export(SampleRun run, string name = "out") => RunExport.Export(run.State, run.Store, Path.Combine(run.Temporary, name)).Folder;

    private static List<Dictionary<string, string>> Provenance(string folder)
    {
        var lines = File.ReadAllLines(Path.Combine(folder, "provenance.csv"), Encoding.UTF8);
        var header = lines[0].Split(',');
        return [.. lines[1..].Select(l => header.Zip(l.Split(',')).ToDictionary(p => p.Item1, p => p.Item2))];
    }

    private static byte[] Planes(Mat image)
    {
        var planes = new List<byte>();
        for (var c = image.Channels() - 1; c >= 0; c--)
        {
            using var plane = image.ExtractChannel(c);
            plane.GetArray(out byte[] pixels);
            planes.AddRange(pixels);
        }

        return [.. planes];
    }
}
