using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>Draws one face: a person, an expression, and the circumstances of one picture (medium, pose, scene).</summary>
internal sealed class SketchFace
{
    private readonly SketchPerson person;
    private readonly SketchExpression expression;
    private readonly Draws draws;
    private readonly SketchPen pen;
    private readonly Ink skin;

    private SketchFace(SketchPerson person, SketchExpression expression, Draws draws, SketchPen pen, SketchMedium medium)
    {
        this.person = person;
        this.expression = expression;
        this.draws = draws;
        this.pen = pen;
        skin = medium.Lines ? medium.Paper : person.Skin;
    }

    /// <summary>Pixels <c>[C, H, W]</c>, 8 bits.</summary>
    public static byte[] Draw(SketchPerson person, string expression, Address address, int size, int channels)
    {
        var canvas = new SketchCanvas(size, channels);
        var draws = new Draws(address);
        var wild = draws.Chance("studio", 0.4) ? 0 : draws.Between("wild", 0.6, 1.1);
        var medium = new SketchMedium(address.At("medium"), wild);
        var pen = new SketchPen(canvas, SketchPose.Of(draws, size, wild), medium);
        var scene = new SketchScene(canvas, pen, medium, address, wild);
        scene.Behind();
        new SketchHead(person, pen, draws).Draw();
        new SketchFace(person, SketchExpression.Of(expression, address.At("expression")), draws, pen, medium).Features();
        scene.Before();
        return scene.Finish();
    }

    private void Features()
    {
        Nose();
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            Eye(side);
            Brow(side);
        }

        Mouth();
        Folds();
    }

    private void Eye(int side)
    {
        var (x, y) = (side * person.EyeSpacing, person.EyeHeight);
        var upper = person.EyeOpening * Math.Clamp(1 + 0.75 * expression.EyesWide, 0.15, 1.9);
        var lower = person.EyeOpening * Math.Clamp(0.75 - 0.45 * expression.LowerLids, 0.1, 1);
        var (inner, outer) = (x - side * person.EyeWidth, x + side * person.EyeWidth);
        var slant = person.EyeSlant;
        var lid = pen.Curve(inner, y + slant, outer, y - slant, upper);
        var bottom = pen.Curve(outer, y - slant, inner, y + slant, -lower);
        Spot[] shape = [.. lid, .. bottom];
        pen.Fill(shape, person.EyeWhite ? Ink.Of(232) : skin);
        var (gazeX, gazeY) = (draws.Around("gaze x", 0.035), draws.Around("gaze y", 0.015));
        var radius = person.IrisSize;
        pen.Fill(pen.Circle(x + gazeX, y - 0.01 + gazeY, radius, radius), Ink.Of(person.Iris), 1, shape);
        pen.Fill(pen.Circle(x + gazeX, y - 0.01 + gazeY, radius * 0.5, radius * 0.5), Ink.Of(10), 1, shape);
        pen.Stroke(lid, 0.035, skin.Times(0.28));
        pen.Stroke(bottom, 0.02, skin.Times(0.5), 0.7);
        if (expression.LowerLids > 0.2)
        {
            pen.Stroke(pen.Curve(inner, y + lower + 0.06, outer, y + lower + 0.04, -0.05), 0.02, skin.Times(0.6), Math.Min(0.8, expression.LowerLids));
        }

        if (person.Glasses)
        {
            var rim = pen.Circle(x, y + 0.02, 0.23, 0.19);
            pen.Stroke([.. rim, rim[0]], person.Rim, Ink.Of(35), 0.9);
            pen.Stroke(pen.Curve(side * 0.1, y, side * (person.EyeSpacing - 0.22), y, 0.01), person.Rim, Ink.Of(35), 0.9);
        }
    }

    private void Brow(int side)
    {
        var x = side * person.EyeSpacing;
        var rest = person.EyeHeight - person.BrowHeight;
        var inner = rest - 0.14 * 1.3 * expression.InnerBrow + person.BrowTilt;
        var outer = rest - 0.13 * 1.3 * expression.OuterBrow - person.BrowTilt * 0.5;
        var draw = Math.Max(0, -expression.InnerBrow) * 0.06;
        var line = pen.Curve(x - side * (person.BrowLength + draw), inner, x + side * person.BrowLength * 1.1, outer + 0.03, person.BrowArch + 0.02 * expression.OuterBrow);
        pen.Stroke(line, person.BrowThickness, person.Brow, 0.95);
    }

    private void Nose()
    {
        var top = person.EyeHeight + 0.06;
        var tip = person.EyeHeight + person.NoseLength + 0.04 - 0.05 * expression.NoseWrinkle;
        var shade = skin.Times(0.62);
        var side = draws.Chance("nose side", 0.5) ? 1 : -1;
        pen.Stroke(pen.Curve(side * 0.05, top, side * person.NoseWidth * 0.8, tip, 0.0), 0.03, shade, 0.55);
        pen.Stroke(pen.Curve(-person.NoseWidth, tip, person.NoseWidth, tip, -0.035), 0.035, shade, 0.9);
        foreach (var nostril in (ReadOnlySpan<int>)[-1, 1])
        {
            pen.Fill(pen.Circle(nostril * person.NoseWidth * 0.5, tip, 0.035, 0.022), skin.Times(0.3));
        }
    }

    private void Mouth()
    {
        var half = person.MouthWidth * (1 + 0.28 * expression.Stretch + 0.10 * Math.Max(0, expression.Corners));
        var lift = 0.14 * 1.3 * expression.Corners + person.MouthTilt;
        var middle = person.MouthHeight - 0.05 * expression.NoseWrinkle;
        var corner = middle - lift;
        var gap = 0.36 * expression.Open;
        var lips = new Ink(Math.Min(255, skin.Red * 0.85), skin.Green * 0.55, skin.Blue * 0.6);

        // Between the corners the upper edge hangs or rises against them, the lower edge drops with the jaw.
        var upperBend = -lift * 0.85 + 0.10 * expression.NoseWrinkle + gap * 0.25;
        var lowerBend = -lift * 0.85 - gap;
        var upper = pen.Curve(-half, corner, half, corner, upperBend);
        var lower = pen.Curve(-half, corner, half, corner, lowerBend);
        var thick = person.LipThickness;
        if (thick > 0)
        {
            pen.Fill([.. pen.Curve(-half, corner, half, corner, upperBend + thick), .. pen.Curve(half, corner, -half, corner, lowerBend - thick * 1.2)], lips);
        }

        Spot[] opening = [.. upper, .. lower.Reverse()];
        if (gap > 0.03)
        {
            pen.Fill(opening, Ink.Of(35));
            if (expression.Teeth > 0.1)
            {
                var bite = upperBend - Math.Min(0.06, gap * 0.45) * expression.Teeth;
                pen.Fill([.. upper, .. pen.Curve(half * 0.92, corner + 0.01, -half * 0.92, corner + 0.01, bite)], Ink.Of(228), 0.95, opening);
            }
        }
        else
        {
            pen.Stroke(pen.Curve(-half, corner, half, corner, (upperBend + lowerBend) / 2), 0.045, skin.Times(0.3));
        }

        if (person.Moustache)
        {
            pen.Stroke(pen.Curve(-half * 0.8, middle - 0.07, half * 0.8, middle - 0.07, 0.05 + upperBend * 0.5), 0.08, person.Hair, 0.8);
        }
    }

    /// <summary>Wrinkles that movements make: beside the nose, on its bridge, between the brows.</summary>
    private void Folds()
    {
        var shade = skin.Times(0.6);
        var beside = Math.Clamp(0.7 * Math.Max(0, expression.Corners) + 0.9 * expression.NoseWrinkle, 0, 0.9);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            pen.Stroke(pen.Curve(side * (person.NoseWidth + 0.05), person.EyeHeight + person.NoseLength, side * (person.MouthWidth + 0.14), person.MouthHeight - 0.02, 0.03), 0.03, shade, beside);
            pen.Stroke(pen.Curve(side * 0.05, person.EyeHeight - 0.16, side * 0.045, person.EyeHeight - 0.03, 0), 0.03, shade, Math.Clamp(-0.8 * expression.InnerBrow, 0, 0.8));
            pen.Stroke(pen.Curve(side * 0.10, person.EyeHeight + 0.10, side * 0.02, person.EyeHeight + 0.05, 0), 0.03, shade, Math.Clamp(0.9 * expression.NoseWrinkle, 0, 0.9));
        }
    }
}
