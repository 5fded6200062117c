using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Models.Evaluation;

namespace Fer.Host.Reports;

/// <summary>Sentences below a claim, one for each comparison that explains it: real faces as they come, the filter, soft labels, and what there was to gain.</summary>
internal static class HeadlineReasons
{
    /// <param name="state">A complete run.</param>
    /// <param name="placebo">Kept images are no generated faces, so nothing is to be learned about filter and labels.</param>
    public static IEnumerable<string> Of(RunState state, bool placebo)
    {
        if (ArmDifference.Of(state, ArmDifference.VsReal) is { } real)
        {
            yield return $"Against real faces as they come: {Points(real)}.";
        }

        var kept = state.KeptByClass(used: true).Values.Sum() > 0;
        if (!placebo && kept && ArmDifference.Of(state, ArmDifference.VsUnfiltered) is { } filter)
        {
            yield return Brought("the filter", state.Result(Names.RefinedHard + ".macroF1") is not null ? "over as many unfiltered faces, both with hard labels" : "over as many unfiltered faces", filter);
        }

        if (!placebo && kept && ArmDifference.Of(state, ArmDifference.SoftVsHard) is { } labels)
        {
            yield return Brought("soft labels", "over hard ones", labels);
        }

        if (ArmDifference.Of(state, ArmDifference.Room) is { } room)
        {
            yield return ArmWords.Oracle(state) is { IsWhole: false } oracle
                ? Say.Text($"Too few faces were held back for a fair oracle: {oracle.Faces} extra real faces, where refined got {oracle.Kept}, bring {Points(room)} over the control.")
                : Room(room, ArmDifference.Of(state, ArmDifference.VsControl)?.Delta ?? 0, kept && !placebo);
        }
    }

    private static string Brought(string what, string over, ArmDifference d)
    {
        var name = char.ToUpperInvariant(what[0]) + what[1..];
        return d.Word switch
        {
            TwoArms.Better => $"{name} helped: {Points(d)} {over}.",
            TwoArms.Worse => $"{name} did harm: {Points(d)} {over}.",
            TwoArms.Equivalent => $"{name} made no difference that matters: {Points(d)} {over}.",
            _ => $"Whether {what} helped cannot be told: {Points(d)} {over}.",
        };
    }

    // The oracle is the same network with as many extra real faces: what not even they bring, no synthetic face can be blamed for.
    private static string Room(ArmDifference room, double gain, bool synthetic) =>
        room.Low <= 0 ? $"The data leave no room{(room.Word == TwoArms.Undecided ? " that could be shown" : "")}: as many extra real faces bring {Points(room)} over the control."
        : synthetic ? $"{new RoomForGain(room.Delta, gain)} The room's interval: {room.Interval}."
        : $"As many extra real faces bring {Points(room)} over the control.";

    private static string Points(ArmDifference d) => $"{Say.Points(d.Delta)} points ({d.Interval})";
}
