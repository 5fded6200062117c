using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>
/// What a face does, as a few movements in the manner of Ekman and Friesen's action units; 0 is at rest, 1 the full movement.
/// </summary>
/// <param name="InnerBrow">Inner ends of the brows raised (AU 1); negative: drawn down and together (AU 4).</param>
/// <param name="OuterBrow">Outer ends raised (AU 2).</param>
/// <param name="EyesWide">Upper lids raised (AU 5); negative: half closed.</param>
/// <param name="LowerLids">Lower lids and cheeks raised (AU 6, 7).</param>
/// <param name="Corners">Corners of the mouth up (AU 12); negative: down (AU 15).</param>
/// <param name="Open">Jaw dropped (AU 26).</param>
/// <param name="Stretch">Mouth wide (AU 20); negative: narrow.</param>
/// <param name="NoseWrinkle">Nose wrinkled and upper lip raised (AU 9, 10).</param>
/// <param name="Teeth">Teeth shown in an open mouth.</param>
internal sealed record SketchExpression(
    double InnerBrow, double OuterBrow, double EyesWide, double LowerLids, double Corners, double Open, double Stretch, double NoseWrinkle, double Teeth)
{
    private static readonly SketchExpression Rest = new(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>The expressions by name; some have two faces (anger with shut and with bared teeth).</summary>
    private static readonly ImmutableDictionary<string, ImmutableArray<SketchExpression>> Faces = new Dictionary<string, ImmutableArray<SketchExpression>>
    {
        ["angry"] = [new(-1, 0.25, 0.15, 0.45, -0.5, 0, -0.2, 0.1, 0), new(-1, 0.35, 0.3, 0.4, -0.35, 0.45, 0.2, 0.2, 1), new(-1, 0.45, 0.4, 0.2, -0.2, 0.9, 0, 0.1, 0.6)],
        ["disgust"] = [new(-0.5, -0.1, -0.5, 0.7, -0.55, 0.05, -0.1, 1, 0), new(-0.45, 0, -0.4, 0.6, -0.45, 0.4, 0.05, 1, 0.8), new(-0.1, -0.1, -0.7, 0.8, -0.6, 0, -0.3, 1, 0)],
        ["fear"] = [new(0.95, 0, 0.95, 0, -0.5, 0.4, 0.55, 0, 0.8), new(1, 0.1, 1, 0, -0.5, 0.12, 0.6, 0, 0), new(1, 0, 0.9, 0, -0.4, 0.85, 0.45, 0, 0.5)],
        ["happy"] = [new(0.1, 0.1, -0.15, 0.6, 1, 0, 0.5, 0, 0), new(0.15, 0.15, -0.2, 0.75, 1, 0.4, 0.6, 0, 1), new(0.3, 0.3, -0.8, 0.9, 1, 0.75, 0.5, 0, 1)],
        ["neutral"] = [Rest, Rest with { Open = 0.3, Stretch = -0.1 }, Rest with { EyesWide = -0.35 }],
        ["sad"] = [new(0.85, -0.6, -0.4, 0.1, -0.9, 0, -0.15, 0, 0), new(0.8, -0.5, -0.6, 0.3, -0.85, 0.2, 0.05, 0, 0), new(0.95, -0.6, -0.8, 0.5, -0.85, 0.6, 0.15, 0, 0)],
        ["surprise"] = [new(0.9, 1, 0.9, -0.1, 0.05, 0.95, -0.45, 0, 0), new(0.9, 1, 0.8, -0.1, 0.05, 0.5, -0.4, 0, 0), new(1, 1.1, 0.95, -0.1, 0.1, 0.15, -0.5, 0, 0)],
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>An expression as this face happens to show it: one of its variants, more or less of it, every movement a little off.</summary>
    public static SketchExpression Of(string name, Address address)
    {
        var d = new Draws(address);
        var variants = Faces[name];
        var face = variants[d.Pick("variant", variants.Length)];
        var strength = d.Between("strength", 0.85, 1.15);
        return new SketchExpression(
            face.InnerBrow * strength + d.Around("inner brow", 0.065),
            face.OuterBrow * strength + d.Around("outer brow", 0.065),
            face.EyesWide * strength + d.Around("eyes", 0.08),
            face.LowerLids * strength + d.Around("lids", 0.06),
            face.Corners * strength + d.Around("corners", 0.06),
            Math.Max(0, face.Open * strength + d.Around("open", 0.03)),
            face.Stretch * strength + d.Around("stretch", 0.075),
            Math.Max(0, face.NoseWrinkle * strength + d.Around("nose", 0.04)),
            face.Teeth);
    }
}
