using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>Draws one face: a person, an expression, and the circumstances of one picture (pose, light, background, noise).</summary>
internal sealed class SketchFace
{
    private readonly SketchPerson person;
    private readonly SketchExpression expression;
    private readonly Draws draws;
    private readonly Address address;
    private readonly SketchPose pose;
    private readonly SketchCanvas canvas;
    private readonly double unit;

    private SketchFace(SketchPerson person, SketchExpression expression, Address address, int size, int channels)
    {
        this.person = person;
        this.expression = expression;
        this.address = address;
        draws = new Draws(address);
        canvas = new SketchCanvas(size, channels);
        unit = size * draws.Between("scale", 0.36, 0.48);
        pose = new SketchPose(
            draws.Around("yaw", 0.22),
            draws.Around("pitch", 0.13),
            draws.Around("roll", 0.20),
            unit,
            size * (0.5 + draws.Around("x", 0.04)),
            size * (0.52 + draws.Around("y", 0.04)));
    }

    /// <summary>Pixels <c>[C, H, W]</c>, 8 bits.</summary>
    public static byte[] Draw(SketchPerson person, string expression, Address address, int size, int channels)
    {
        var face = new SketchFace(person, SketchExpression.Of(expression, address.At("expression")), address, size, channels);
        face.Background();
        face.Head();
        face.Nose();
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            face.Eye(side);
            face.Brow(side);
        }

        face.Mouth();
        face.Folds();
        return face.Finish();
    }

    private void Background()
    {
        var (here, there) = (draws.Between("background", 20, 230), draws.Between("background 2", 20, 230));
        var angle = draws.Between("background angle", 0, 2 * Math.PI);
        var (dx, dy) = (Math.Cos(angle) / canvas.Size, Math.Sin(angle) / canvas.Size);
        canvas.Paint((x, y) => Ink.Of(here + (there - here) * (0.5 + 0.5 * ((x - canvas.Size / 2.0) * dx + (y - canvas.Size / 2.0) * dy))));

        // What stands behind people: panels, frames, leaves.
        for (var i = draws.Pick("things", 5); i > 0; i--)
        {
            var thing = new Draws(address.At("thing").At(i));
            var (x, y, turn) = (thing.Between("x", 0, canvas.Size), thing.Between("y", 0, canvas.Size), thing.Between("turn", 0, Math.PI));
            var (along, across) = (canvas.Size * thing.Between("along", 0.1, 0.7), canvas.Size * thing.Between("across", 0.03, 0.2));
            var corner = new Spot(along * Math.Cos(turn), along * Math.Sin(turn));
            var other = new Spot(-across * Math.Sin(turn), across * Math.Cos(turn));
            canvas.Fill(
                [new(x - corner.X - other.X, y - corner.Y - other.Y), new(x + corner.X - other.X, y + corner.Y - other.Y), new(x + corner.X + other.X, y + corner.Y + other.Y), new(x - corner.X + other.X, y - corner.Y + other.Y)],
                Ink.Of(thing.Between("grey", 10, 245)));
        }
    }

    private void Head()
    {
        var clothes = Ink.Of(draws.Between("clothes", 20, 220));
        canvas.Fill([pose.Flat(-0.95, 1.9), pose.Flat(-0.8, 1.35), pose.Flat(-0.3, 1.1), pose.Flat(0.3, 1.1), pose.Flat(0.8, 1.35), pose.Flat(0.95, 1.9)], clothes);
        canvas.Fill([pose.Flat(-0.3, 0.6), pose.Flat(0.3, 0.6), pose.Flat(0.34, 1.25), pose.Flat(-0.34, 1.25)], person.Skin.Times(0.78));
        canvas.Fill(Outline(person.HairVolume, person.HairLength), person.Hair);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Fill(Circle(side * (person.HeadWidth - 0.01 - side * pose.Yaw * 0.2), 0.02, 0.08, 0.16, onFace: false), person.Skin.Times(0.88));
        }

        canvas.Fill(Outline(0, 2), person.Skin);

        // A fringe: the part of the head above the hair line.
        var swing = draws.Around("fringe", 0.06);
        var fringe = Outline(0.015, 2).Where(s => pose.Back(s.X, s.Y).Y < person.HairLine + 0.25).ToList();
        fringe.Sort((a, b) => pose.Back(a.X, a.Y).X.CompareTo(pose.Back(b.X, b.Y).X));
        fringe.Add(pose.Flat(0.5 * person.HeadWidth, person.HairLine + swing));
        fringe.Add(pose.Flat(0, person.HairLine - 0.04));
        fringe.Add(pose.Flat(-0.5 * person.HeadWidth, person.HairLine - swing));
        canvas.Fill([.. fringe], person.Hair);
        if (person.Beard)
        {
            canvas.Fill([.. Outline(0, 2).Where(s => pose.Back(s.X, s.Y).Y > 0.3), pose.OnFace(-0.42, 0.42), pose.OnFace(0, 0.30), pose.OnFace(0.42, 0.42)], person.Hair, 0.55);
        }
    }

    /// <summary>The head's outline, wider by <paramref name="volume"/>; straight down on both sides from <paramref name="length"/> for hair.</summary>
    private Spot[] Outline(double volume, double length)
    {
        const int corners = 40;
        var spots = new Spot[corners];
        for (var i = 0; i < corners; i++)
        {
            var angle = 2 * Math.PI * i / corners;
            var (x, y) = (Math.Cos(angle), Math.Sin(angle));
            if (y <= 0 || length >= 2)
            {
                spots[i] = pose.Flat((person.HeadWidth * (y > 0 ? 1 - person.Jaw * y * y : 1) + volume) * x, y > 0 ? y : y * (1 + volume));
            }
            else
            {
                spots[i] = pose.Flat((person.HeadWidth + volume) * (y < length ? Math.Max(Math.Abs(x), 0.9) * Math.Sign(x) : x), Math.Min(y, length));
            }
        }

        return spots;
    }

    private Spot[] Circle(double x, double y, double rx, double ry, bool onFace = true)
    {
        const int corners = 14;
        var spots = new Spot[corners];
        for (var i = 0; i < corners; i++)
        {
            var angle = 2 * Math.PI * i / corners;
            var (px, py) = (x + rx * Math.Cos(angle), y + ry * Math.Sin(angle));
            spots[i] = onFace ? pose.OnFace(px, py) : pose.Flat(px, py);
        }

        return spots;
    }

    /// <summary>A curve on the face from one place to another that passes its middle at <paramref name="bend"/> above the straight line.</summary>
    private Spot[] Curve(double x1, double y1, double x2, double y2, double bend)
    {
        const int parts = 8;
        var spots = new Spot[parts + 1];
        for (var i = 0; i <= parts; i++)
        {
            var t = (double)i / parts;
            spots[i] = pose.OnFace(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t - 4 * bend * t * (1 - t));
        }

        return spots;
    }

    private void Eye(int side)
    {
        var (x, y) = (side * person.EyeSpacing, person.EyeHeight);
        var upper = person.EyeOpening * Math.Clamp(1 + 0.75 * expression.EyesWide, 0.25, 1.9);
        var lower = person.EyeOpening * Math.Clamp(0.75 - 0.45 * expression.LowerLids, 0.1, 1);
        var (inner, outer) = (x - side * person.EyeWidth, x + side * person.EyeWidth);
        var lid = Curve(inner, y, outer, y, upper);
        var bottom = Curve(outer, y, inner, y, -lower);
        Spot[] shape = [.. lid, .. bottom];
        canvas.Fill(shape, Ink.Of(232));
        var (gazeX, gazeY) = (draws.Around("gaze x", 0.035), draws.Around("gaze y", 0.015));
        var radius = 0.085;
        canvas.Fill(Circle(x + gazeX, y - 0.01 + gazeY, radius, radius), Ink.Of(person.Iris), 1, shape);
        canvas.Fill(Circle(x + gazeX, y - 0.01 + gazeY, radius * 0.5, radius * 0.5), Ink.Of(10), 1, shape);
        canvas.Stroke(lid, unit * 0.035, person.Skin.Times(0.28));
        canvas.Stroke(bottom, unit * 0.02, person.Skin.Times(0.5), 0.7);
        if (expression.LowerLids > 0.2)
        {
            canvas.Stroke(Curve(inner, y + lower + 0.06, outer, y + lower + 0.04, -0.05), unit * 0.02, person.Skin.Times(0.6), Math.Min(0.8, expression.LowerLids));
        }

        if (person.Glasses)
        {
            var rim = Circle(x, y + 0.02, 0.23, 0.19);
            canvas.Stroke([.. rim, rim[0]], unit * 0.03, Ink.Of(35), 0.9);
            canvas.Stroke(Curve(side * 0.1, y, side * (person.EyeSpacing - 0.22), y, 0.01), unit * 0.03, Ink.Of(35), 0.9);
        }
    }

    private void Brow(int side)
    {
        var x = side * person.EyeSpacing;
        var rest = person.EyeHeight - person.BrowHeight;
        var inner = rest - 0.13 * expression.InnerBrow + person.BrowTilt;
        var outer = rest - 0.11 * expression.OuterBrow - person.BrowTilt * 0.5;
        var draw = Math.Max(0, -expression.InnerBrow) * 0.06;
        var line = Curve(x - side * (0.17 + draw), inner, x + side * 0.19, outer + 0.03, 0.045 + 0.02 * expression.OuterBrow);
        canvas.Stroke(line, unit * person.BrowThickness, person.Brow, 0.92);
    }

    private void Nose()
    {
        var top = person.EyeHeight + 0.06;
        var tip = person.EyeHeight + person.NoseLength + 0.04 - 0.05 * expression.NoseWrinkle;
        var shade = person.Skin.Times(0.62);
        var side = draws.Chance("nose side", 0.5) ? 1 : -1;
        canvas.Stroke(Curve(side * 0.05, top, side * person.NoseWidth * 0.8, tip, 0.0), unit * 0.03, shade, 0.55);
        canvas.Stroke(Curve(-person.NoseWidth, tip, person.NoseWidth, tip, -0.035), unit * 0.035, shade, 0.9);
        foreach (var nostril in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Fill(Circle(nostril * person.NoseWidth * 0.5, tip, 0.035, 0.022), person.Skin.Times(0.3));
        }
    }

    private void Mouth()
    {
        var half = person.MouthWidth * (1 + 0.28 * expression.Stretch + 0.10 * Math.Max(0, expression.Corners));
        var lift = 0.13 * expression.Corners + person.MouthTilt;
        var middle = person.MouthHeight - 0.05 * expression.NoseWrinkle;
        var corner = middle - lift;
        var gap = 0.30 * expression.Open;
        var lips = new Ink(Math.Min(255, person.Skin.Red * 0.85), person.Skin.Green * 0.55, person.Skin.Blue * 0.6);

        // Between the corners the upper edge hangs or rises against them, the lower edge drops with the jaw.
        var upperBend = -lift * 0.85 + 0.10 * expression.NoseWrinkle + gap * 0.25;
        var lowerBend = -lift * 0.85 - gap;
        var upper = Curve(-half, corner, half, corner, upperBend);
        var lower = Curve(-half, corner, half, corner, lowerBend);
        canvas.Stroke(Curve(-half * 0.9, corner, half * 0.9, corner, upperBend + person.LipThickness * 0.5), unit * person.LipThickness, lips);
        canvas.Stroke(Curve(-half * 0.85, corner, half * 0.85, corner, lowerBend - person.LipThickness * 0.7), unit * person.LipThickness * 1.25, lips);
        Spot[] opening = [.. upper, .. lower.Reverse()];
        if (gap > 0.03)
        {
            canvas.Fill(opening, Ink.Of(35));
            if (expression.Teeth > 0.1)
            {
                var bite = upperBend - Math.Min(0.06, gap * 0.45) * expression.Teeth;
                canvas.Fill([.. upper, .. Curve(half * 0.92, corner + 0.01, -half * 0.92, corner + 0.01, bite)], Ink.Of(228), 0.95, opening);
            }
        }
        else
        {
            canvas.Stroke(Curve(-half, corner, half, corner, (upperBend + lowerBend) / 2), unit * 0.04, person.Skin.Times(0.3));
        }

        if (person.Moustache)
        {
            canvas.Stroke(Curve(-half * 0.8, middle - 0.06, half * 0.8, middle - 0.06, 0.05 + upperBend * 0.5), unit * 0.09, person.Hair, 0.8);
        }
    }

    /// <summary>Wrinkles that movements make: beside the nose, on its bridge, between the brows.</summary>
    private void Folds()
    {
        var shade = person.Skin.Times(0.6);
        var beside = Math.Clamp(0.7 * Math.Max(0, expression.Corners) + 0.9 * expression.NoseWrinkle, 0, 0.9);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Stroke(Curve(side * (person.NoseWidth + 0.05), person.EyeHeight + person.NoseLength, side * (person.MouthWidth + 0.14), person.MouthHeight - 0.02, 0.03), unit * 0.03, shade, beside);
            canvas.Stroke(Curve(side * 0.05, person.EyeHeight - 0.16, side * 0.045, person.EyeHeight - 0.03, 0), unit * 0.03, shade, Math.Clamp(-0.8 * expression.InnerBrow, 0, 0.8));
            canvas.Stroke(Curve(side * 0.10, person.EyeHeight + 0.10, side * 0.02, person.EyeHeight + 0.05, 0), unit * 0.03, shade, Math.Clamp(0.9 * expression.NoseWrinkle, 0, 0.9));
        }
    }

    private byte[] Finish()
    {
        var angle = draws.Between("light", 0, 2 * Math.PI);
        var strength = draws.Between("light strength", 0.0, 0.45);
        var (lx, ly) = (strength * Math.Cos(angle), strength * Math.Sin(angle));
        canvas.Light((x, y) =>
        {
            var (fx, fy) = pose.Back(x, y);
            return 1 + Math.Clamp(lx * fx + ly * fy, -0.6, 0.6) - 0.18 * Math.Min(1.5, fx * fx + fy * fy);
        });
        canvas.Soften(draws.Between("soft", 0, 0.7));
        var noise = draws.Between("noise", 2, 7);
        var grain = address.At("grain");
        return canvas.Develop(draws.Between("contrast", 0.8, 1.15), draws.Around("brightness", 18), i => noise * Grain(grain.Bits(i)));
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
