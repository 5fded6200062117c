using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>What one picture is drawn with. Each choice is independent of the others and of the face.</summary>
internal sealed record SketchMedium
{
    public SketchMedium(Address address, double wild)
    {
        var d = new Draws(address);
        Lines = d.Chance("lines", 0.8 * wild);
        Paper = Ink.Of(d.Between("paper", 190, 245));
        Pencil = Ink.Of(d.Between("pencil", 10, 70));
        Width = d.Between("width", 0.8, 1.5);
        Hatching = d.Chance("hatched", 0.7 * wild) ? d.Between("hatching", 0.15, 0.3) : 0;
        HatchAngle = d.Between("hatch angle", 0, Math.PI);
        HatchPeriod = d.Between("hatch period", 0.05, 0.14);
    }

    /// <summary>Outlines on paper; else areas of paint.</summary>
    public bool Lines { get; }

    public Ink Paper { get; }

    public Ink Pencil { get; }

    /// <summary>Of every line, as a factor.</summary>
    public double Width { get; }

    /// <summary>How dark the stripes are that shade the picture, 0 … 1.</summary>
    public double Hatching { get; }

    public double HatchAngle { get; }

    /// <summary>Of the stripes, as a share of the picture's width.</summary>
    public double HatchPeriod { get; }
}
