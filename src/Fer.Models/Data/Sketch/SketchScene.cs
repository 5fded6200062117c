using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>What is around a face in one picture: background, things before it, light, and how the picture came out.</summary>
internal sealed class SketchScene(SketchCanvas canvas, SketchPen pen, SketchMedium medium, Address address, double wild)
{
    private readonly Draws draws = new(address);

    /// <summary>A gradient; on it panels, frames, leaves; and strokes that could be brows or mouths, but are no one's.</summary>
    public void Behind()
    {
        var size = canvas.Size;
        var (here, there) = (draws.Between("background", 20, 230), draws.Between("background 2", 20, 230));
        var angle = draws.Between("background angle", 0, 2 * Math.PI);
        var (dx, dy) = (Math.Cos(angle) / size, Math.Sin(angle) / size);
        canvas.Paint((x, y) => Ink.Of(here + (there - here) * (0.5 + 0.5 * ((x - size / 2.0) * dx + (y - size / 2.0) * dy))));
        for (var i = draws.Pick("things", 1 + (int)Math.Round(5 * wild)); i > 0; i--)
        {
            var thing = new Draws(address.At("thing").At(i));
            canvas.Fill(Panel(thing, thing.Between("along", 0.1, 0.7), thing.Between("across", 0.03, 0.2)), Ink.Of(thing.Between("grey", 10, 245)));
        }

        for (var i = draws.Pick("strokes", 1 + (int)Math.Round(10 * wild)); i > 0; i--)
        {
            Loose(new Draws(address.At("stroke").At(i)), 0.03, 0.10, 0.9);
        }
    }

    /// <summary>What covers part of a face, never both of its halves; and scratches on the picture.</summary>
    public void Before()
    {
        if (draws.Chance("covered", 0.6 * wild))
        {
            var side = draws.Chance("covered side", 0.5) ? 1 : -1;
            var (near, y, half, tilt) = (draws.Between("cover near", 0.22, 0.5), draws.Between("cover y", -0.5, 0.75), draws.Between("cover half", 0.1, 0.24), draws.Between("cover tilt", -0.3, 0.3));
            var pose = pen.Pose;
            pen.Area([pose.OnFace(side * near, y - half), pose.Flat(side * 1.6, y + tilt - half), pose.Flat(side * 1.6, y + tilt + half), pose.OnFace(side * near, y + half)], Ink.Of(draws.Between("cover", 20, 235)));
        }

        for (var i = draws.Pick("scratches", 1 + (int)Math.Round(5 * wild)); i > 0; i--)
        {
            Loose(new Draws(address.At("scratch").At(i)), 0.01, 0.03, 0.7);
        }
    }

    public byte[] Finish()
    {
        var angle = draws.Between("light", 0, 2 * Math.PI);
        var strength = wild * draws.Between("light strength", 0.0, 0.6);
        var (lx, ly) = (strength * Math.Cos(angle), strength * Math.Sin(angle));
        var stripes = 2 * Math.PI / (medium.HatchPeriod * canvas.Size);
        var (hx, hy) = (stripes * Math.Cos(medium.HatchAngle), stripes * Math.Sin(medium.HatchAngle));
        canvas.Light((x, y) =>
        {
            var (fx, fy) = pen.Pose.Back(x, y);
            var hatch = medium.Hatching > 0 ? medium.Hatching * (0.5 + 0.5 * Math.Sin(hx * x + hy * y)) : 0;
            return Math.Max(0.45, 1 - 0.3 * strength + Math.Min(lx * fx + ly * fy, 0.4) - 0.12 * Math.Min(1.5, fx * fx + fy * fy)) * (1 - hatch);
        });
        canvas.Soften(draws.Between("soft", 0, 0.8));
        var noise = 1 + draws.Between("noise", 1, 18) * wild;
        var grain = address.At("grain");
        var contrast = 1.05 - wild * draws.Between("contrast", 0, 0.4);
        return canvas.Develop(contrast, draws.Around("brightness", 12), i => noise * Grain(grain.Bits(i)));
    }

    private Spot[] Panel(Draws d, double along, double across)
    {
        var (x, y, turn) = (d.Between("x", 0, canvas.Size), d.Between("y", 0, canvas.Size), d.Between("turn", 0, Math.PI));
        (along, across) = (canvas.Size * along, canvas.Size * across);
        var corner = new Spot(along * Math.Cos(turn), along * Math.Sin(turn));
        var other = new Spot(-across * Math.Sin(turn), across * Math.Cos(turn));
        return [new(x - corner.X - other.X, y - corner.Y - other.Y), new(x + corner.X - other.X, y + corner.Y - other.Y), new(x + corner.X + other.X, y + corner.Y + other.Y), new(x - corner.X + other.X, y - corner.Y + other.Y)];
    }

    /// <summary>A bent stroke anywhere on the canvas.</summary>
    private void Loose(Draws d, double thin, double thick, double alpha)
    {
        const int parts = 6;
        var (x, y, turn) = (d.Between("x", 0, canvas.Size), d.Between("y", 0, canvas.Size), d.Between("turn", 0, 2 * Math.PI));
        var (length, bend) = (canvas.Size * d.Between("length", 0.08, 0.3), d.Between("bend", -0.5, 0.5));
        var spots = new Spot[parts + 1];
        for (var i = 0; i <= parts; i++)
        {
            var t = 2.0 * i / parts - 1;
            var (along, across) = (t * length / 2, bend * (1 - t * t) * length / 2);
            spots[i] = new(x + along * Math.Cos(turn) - across * Math.Sin(turn), y + along * Math.Sin(turn) + across * Math.Cos(turn));
        }

        canvas.Stroke(spots, canvas.Size * d.Between("thick", thin, thick) * 0.6, Ink.Of(d.Chance("light", 0.4) ? d.Between("grey", 180, 250) : d.Between("grey", 5, 80)), alpha);
    }

    // The sum of a random number's eight bytes: about normal, exact in every arithmetic.
    private static double Grain(ulong bits)
    {
        var sum = 0;
        for (; bits != 0; bits >>= 8)
        {
            sum += (int)(bits & 0xFF);
        }

        return (sum - 1020) / 209.0;
    }
}
