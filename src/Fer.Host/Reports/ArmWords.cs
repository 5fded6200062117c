using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;

namespace Fer.Host.Reports;

/// <summary>What reports say of an arm beside its figures, by a run's settings.</summary>
internal static class ArmWords
{
    /// <summary>Every arm keeps its series colour throughout the page; of the two kinds of refined labels a run has one beside refined.</summary>
    public static int Colour(string arm) => arm switch
    {
        Names.Control => 1,
        Names.Refined => 2,
        Names.Unfiltered => 3,
        Names.RefinedHard or Names.RefinedSoft => 4,
        Names.Oracle => 5,
        _ => 0,
    };

    /// <summary>What an arm is trained on.</summary>
    public static string TrainsOn(RunState state, string arm) => arm switch
    {
        Names.Real => "real faces as they come",
        Names.Control => state.Setting("fer.loop.control") is "best" ? "real faces alone, by the recipe that does best on validation B" : $"real faces alone, {Recipe(state.Setting("fer.loop.control") ?? "balanced")}",
        Names.Unfiltered => $"real faces and as many {(Placebo(state) is { } what ? what : "generated ones of each class as refined has, not filtered")}",
        Names.Oracle => Oracle(state) is { IsWhole: false } o ? Say.Text($"real faces and more real ones, held back until then: {o.Faces} of the {o.Kept} that refined got, since no more were there") : "real faces and as many more real ones, held back until then",
        _ => $"real faces and {Placebo(state) ?? "kept ones"}, {Labels(state, arm)}",
    };

    /// <summary>A recipe of the control in words.</summary>
    public static string Recipe(string name) => name switch
    {
        "natural" => "as they come",
        "balanced" => "each class equally often",
        "weighted" => "weighted by class",
        "soft" => "each class equally often, with a teacher's probabilities as labels",
        _ => name,
    };

    /// <summary>What a placebo run has in place of generated faces; null for a real run.</summary>
    public static string? Placebo(RunState state) => state.Setting("fer.loop.placebo") switch
    {
        null or "off" => null,
        "noise" => "images of noise",
        "copies" => "copies of training faces",
        var other => other,
    };

    /// <summary>How many extra faces the oracle got; null where the run's settings cannot be read.</summary>
    public static OracleSize? Oracle(RunState state)
    {
        try
        {
            return RefinementRun.Read(state.Settings) is { Settings: not null, Classes.IsDefault: false } run ? OracleSize.Of(state, run) : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static string Labels(RunState state, string arm) => arm == Names.RefinedSoft || (arm == Names.Refined && state.Setting("fer.loop.labels") == "soft")
        ? "labelled with the teacher's probabilities"
        : "labelled with the class that was asked for";
}
