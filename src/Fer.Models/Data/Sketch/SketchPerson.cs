using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>
/// What stays the same in all faces of one person. Lengths are in half head heights; brows and mouth at rest may already
/// look cross, sad or amused, as people's do.
/// </summary>
internal sealed record SketchPerson
{
    public SketchPerson(Address address)
    {
        var d = new Draws(address);
        var tone = d.Between("skin", 120, 225);
        Skin = new Ink(Math.Min(tone * 1.10, 250), tone * 0.93, tone * 0.82);
        var hair = d.Between("hair", 15, 150);
        Hair = new Ink(hair * 1.15, hair * 0.95, hair * 0.75);
        Brow = hair < tone * 0.6 ? Hair.Times(0.8) : Skin.Times(0.45);
        HeadWidth = d.Between("head width", 0.68, 0.86);
        Jaw = d.Between("jaw", 0.0, 0.32);
        HairLine = d.Between("hair line", -0.84, -0.56);
        HairVolume = d.Between("hair volume", 0.02, 0.2);
        HairLength = d.Chance("long hair", 0.4) ? d.Between("hair length", 0.3, 1.1) : -0.1;
        HatBrim = d.Chance("hat", 0.25) ? d.Between("hat brim", 0.72, 1.1) : 0;
        HatHeight = d.Between("hat height", 0.25, 0.6);
        Hat = Ink.Of(d.Between("hat grey", 15, 235));
        EyeSpacing = d.Between("eye spacing", 0.28, 0.38);
        EyeHeight = d.Between("eye height", -0.22, -0.06);
        EyeWidth = d.Between("eye width", 0.12, 0.19);
        EyeOpening = d.Between("eye opening", 0.08, 0.12);
        EyeSlant = d.Around("eye slant", 0.02);
        EyeWhite = d.Chance("eye white", 0.75);
        Iris = d.Between("iris", 20, 110);
        IrisSize = d.Between("iris size", 0.06, 0.1);
        BrowHeight = d.Between("brow height", 0.20, 0.29);
        BrowThickness = d.Between("brow thickness", 0.055, 0.12);
        BrowLength = d.Between("brow length", 0.13, 0.2);
        BrowArch = d.Between("brow arch", 0.02, 0.07);
        BrowTilt = d.Around("brow tilt", 0.02);
        NoseLength = d.Between("nose length", 0.28, 0.42);
        NoseWidth = d.Between("nose width", 0.07, 0.17);
        MouthHeight = d.Between("mouth height", 0.46, 0.60);
        MouthWidth = d.Between("mouth width", 0.22, 0.33);
        LipThickness = d.Chance("lips", 0.65) ? d.Between("lip thickness", 0.02, 0.08) : 0;
        MouthTilt = d.Around("mouth tilt", 0.02);
        Glasses = d.Chance("glasses", 0.25);
        Rim = d.Between("rim", 0.02, 0.06);
        Moustache = d.Chance("moustache", 0.15);
        Beard = d.Chance("beard", 0.15);
        Marks = [.. Enumerable.Range(0, d.Pick("marks", 7)).Select(i => Mark(new Draws(address.At("mark").At(i))))];
    }

    public Ink Skin { get; }

    public Ink Hair { get; }

    /// <summary>Never so fair that it is lost on the skin.</summary>
    public Ink Brow { get; }

    public double HeadWidth { get; }

    /// <summary>How much the head narrows towards the chin.</summary>
    public double Jaw { get; }

    public double HairLine { get; }

    public double HairVolume { get; }

    /// <summary>How far down the hair reaches beside the face.</summary>
    public double HairLength { get; }

    /// <summary>Half a hat's width; 0 for none.</summary>
    public double HatBrim { get; }

    public double HatHeight { get; }

    public Ink Hat { get; }

    public double EyeSpacing { get; }

    public double EyeHeight { get; }

    public double EyeWidth { get; }

    public double EyeOpening { get; }

    /// <summary>How much the outer corners of the eyes stand above the inner ones, halved.</summary>
    public double EyeSlant { get; }

    /// <summary>Eyes with a white; else their ground is skin.</summary>
    public bool EyeWhite { get; }

    /// <summary>Grey of the iris.</summary>
    public double Iris { get; }

    public double IrisSize { get; }

    /// <summary>Of the brows above the eyes.</summary>
    public double BrowHeight { get; }

    public double BrowThickness { get; }

    public double BrowLength { get; }

    public double BrowArch { get; }

    /// <summary>How much the inner ends hang at rest.</summary>
    public double BrowTilt { get; }

    public double NoseLength { get; }

    public double NoseWidth { get; }

    public double MouthHeight { get; }

    public double MouthWidth { get; }

    /// <summary>0: a mouth of lines alone.</summary>
    public double LipThickness { get; }

    /// <summary>How much the corners rise at rest.</summary>
    public double MouthTilt { get; }

    public bool Glasses { get; }

    /// <summary>Thickness of the glasses' frame.</summary>
    public double Rim { get; }

    public bool Moustache { get; }

    public bool Beard { get; }

    public ImmutableArray<SkinMark> Marks { get; }

    private static SkinMark Mark(Draws d) => new(
        d.Between("x", -0.6, 0.6), d.Between("y", -0.6, 0.8), d.Between("length", 0.02, 0.18), d.Between("turn", 0, Math.PI),
        d.Between("bend", -0.04, 0.04), d.Between("width", 0.03, 0.07), d.Chance("light", 0.4));
}

/// <summary>A bent stroke on the skin around (X, Y), from end to end twice <paramref name="Length"/>.</summary>
internal readonly record struct SkinMark(double X, double Y, double Length, double Turn, double Bend, double Width, bool Light);
