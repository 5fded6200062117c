using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Fer.Models.Data;

namespace Fer.Host.Live.Web;

/// <summary>What a sampling step kept, as a sheet: faces spread evenly over the set.</summary>
/// <param name="Hash">Of the set in the store.</param>
internal sealed record KeptFaces(string Step, string Title, string Hash, int Count)
{
    /// <summary>Pixels of the page for one face.</summary>
    private const int Side = 48;

    private const int Line = 16, Lines = 3;

    private const string File = "kept";

    /// <summary>Whole lines where there is more than one: an empty rest would be paper in the dark.</summary>
    public int Shown => Math.Min(Count, Lines * Line) is var most && most > Line ? most / Line * Line : most;

    public int Width => Math.Min(Shown, Line) * Side;

    public int Height => (Shown + Line - 1) / Line * Side;

    /// <summary>Of every sampling step that is done and kept something.</summary>
    public static ImmutableArray<KeptFaces> In(RunState? state) => state is null ? [] :
    [
        .. state.Order.Select(state.Completed).OfType<StepState>().Where(s => StepPlace.Of(s.Spec.Name).Kind == "sample" && s.Files.ContainsKey(File)).Select(Of).Where(k => k.Count > 0),
    ];

    /// <summary>Null: the run has no such step.</summary>
    public static KeptFaces? In(RunState? state, string step) => In(state).FirstOrDefault(k => k.Step == step);

    /// <summary>The sheet as a PNG. Throws <see cref="DamagedArtifactException"/> where the set is not whole.</summary>
    public byte[] Png(ArtifactStore store)
    {
        var set = ImageSet.Read(store.Get(Hash), Step);
        return Sheet.Png(set, FacePicture.Spread(set.Count, Shown), Math.Min(Shown, Line), Math.Max(1, Side / set.Width));
    }

    private static KeptFaces Of(StepState step)
    {
        var place = StepPlace.Of(step.Spec.Name);
        return new KeptFaces(step.Spec.Name, $"{StepPlace.ScopeOf(step.Spec.Name).TrimEnd('/')} round {place.Round}, {place.Class}".Trim(), step.Files[File], (int)step.Figures.GetValueOrDefault("kept"));
    }
}
