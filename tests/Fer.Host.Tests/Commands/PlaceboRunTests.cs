using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Models.Data;
using Xunit;

namespace Fer.Host.Tests.Commands;

/// <summary>A run of two loops with placebo pictures: what looks at runs knows that no generator drew them, and that there is more than one loop.</summary>
public sealed class PlaceboRunTests : IAsyncLifetime
{
    private const string Id = "placebo";

    private readonly string place = Directory.CreateTempSubdirectory("fer-placebo-").FullName;

    public async ValueTask InitializeAsync()
    {
        var (code, _, error) = await Fer.Run(TinyRun.Start(place, Id, "loop.placebo=noise", "loop.loops=2", "data.sketch-count=160", "data.fraction=0.5"));
        Assert.True(code == 0, $"The run ended with {code}: {error}");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(place, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_can_be_verified_exported_and_evaluated_and_its_pictures_have_no_recipe()
    {
        var verified = await Fer.Run("verify", Id, "--runs", place);
        var traced = await Fer.Run("trace", "placebo-happy-r1-0", "--run", Id, "--runs", place);
        var exported = await Fer.Run("export", Id, "--runs", place, "--to", Path.Combine(place, "out"));
        var seen = await Fer.Run("evaluate", Id, "--runs", place, "--data", FacesOfTheSecondLoop(8), "--to", Path.Combine(place, "evaluated"));

        Assert.Equal((ExitCode.Done, ""), (verified.Code, verified.Error));
        Assert.Contains("No kept image has a recipe", verified.Output);
        Assert.Equal((ExitCode.BadInput, $"'placebo-happy-r1-0' of run '{Id}' is a placebo: no generator drew it, so it has no recipe."), (traced.Code, traced.Error.TrimEnd()));
        Assert.Equal((ExitCode.Done, ""), (exported.Code, exported.Error));
        Assert.False(Directory.Exists(Path.Combine(place, "out", "images")));
        Assert.True(File.Exists(Path.Combine(place, "out", "metrics.csv")));
        Assert.Equal(ExitCode.Done, seen.Code);
        Assert.Contains("8 of them have the pixels of a face that the run trained or validated on", seen.Error);
    }

    /// <summary>Faces that the second loop trains on and the first does not.</summary>
    private string FacesOfTheSecondLoop(int count)
    {
        var folder = new RunFolder(place, Id);
        var state = RunReader.Read(folder, new JournalSettings())!;
        ImageSet Read(string role) => ImageSet.Read(new ArtifactStore(folder.Artifacts).Get(state.Inputs[role]), role);
        var first = new[] { Names.Train, Names.ValidationA, Names.ValidationB }.SelectMany(r => Read(r).Rows).Select(r => r.Id).ToHashSet();
        var second = Read(Names.InLoop(2, Names.Train));
        var faces = Path.Combine(place, "faces");
        foreach (var i in Enumerable.Range(0, second.Count).Where(i => !first.Contains(second.Rows[i].Id)).Take(count))
        {
            var of = Path.Combine(faces, second.Labels[second.Rows[i].Label]);
            Directory.CreateDirectory(of);
            File.WriteAllBytes(Path.Combine(of, $"{i}.png"), PngFile.Encode(second.Image(i), second.Channels, second.Height, second.Width));
        }

        return faces;
    }
}
