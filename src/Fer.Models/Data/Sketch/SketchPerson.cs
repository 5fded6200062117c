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
        var tone = d.Between("skin", 95, 225);
        Skin = new Ink(Math.Min(tone * 1.10, 250), tone * 0.93, tone * 0.82);
        var hair = d.Between("hair", 15, 150);
        Hair = new Ink(hair * 1.15, hair * 0.95, hair * 0.75);
        Brow = hair < tone * 0.6 ? Hair.Times(0.8) : Skin.Times(0.45);
        HeadWidth = d.Between("head width", 0.68, 0.84);
        Jaw = d.Between("jaw", 0.05, 0.28);
        HairLine = d.Between("hair line", -0.80, -0.56);
        HairVolume = d.Between("hair volume", 0.04, 0.16);
        HairLength = d.Chance("long hair", 0.4) ? d.Between("hair length", 0.3, 1.1) : -0.1;
        EyeSpacing = d.Between("eye spacing", 0.29, 0.37);
        EyeHeight = d.Between("eye height", -0.20, -0.08);
        EyeWidth = d.Between("eye width", 0.13, 0.18);
        EyeOpening = d.Between("eye opening", 0.065, 0.10);
        Iris = d.Between("iris", 20, 110);
        BrowHeight = d.Between("brow height", 0.19, 0.28);
        BrowThickness = d.Between("brow thickness", 0.05, 0.105);
        BrowTilt = d.Around("brow tilt", 0.045);
        NoseLength = d.Between("nose length", 0.30, 0.42);
        NoseWidth = d.Between("nose width", 0.09, 0.16);
        MouthHeight = d.Between("mouth height", 0.47, 0.58);
        MouthWidth = d.Between("mouth width", 0.23, 0.32);
        LipThickness = d.Between("lips", 0.035, 0.085);
        MouthTilt = d.Around("mouth tilt", 0.04);
        Glasses = d.Chance("glasses", 0.22);
        Moustache = d.Chance("moustache", 0.10);
        Beard = d.Chance("beard", 0.12);
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

    public double EyeSpacing { get; }

    public double EyeHeight { get; }

    public double EyeWidth { get; }

    public double EyeOpening { get; }

    /// <summary>Grey of the iris.</summary>
    public double Iris { get; }

    /// <summary>Of the brows above the eyes.</summary>
    public double BrowHeight { get; }

    public double BrowThickness { get; }

    /// <summary>How much the inner ends hang at rest.</summary>
    public double BrowTilt { get; }

    public double NoseLength { get; }

    public double NoseWidth { get; }

    public double MouthHeight { get; }

    public double MouthWidth { get; }

    public double LipThickness { get; }

    /// <summary>How much the corners rise at rest.</summary>
    public double MouthTilt { get; }

    public bool Glasses { get; }

    public bool Moustache { get; }

    public bool Beard { get; }
}
