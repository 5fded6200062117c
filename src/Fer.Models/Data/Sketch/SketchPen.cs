namespace Fer.Models.Data.Sketch;

/// <summary>Draws shapes given in face places, in the picture's medium, on its canvas.</summary>
internal sealed class SketchPen(SketchCanvas canvas, SketchPose pose, SketchMedium medium)
{
    public SketchPose Pose => pose;

    /// <summary>A patch of skin, hair or cloth: painted, or left as paper with an outline.</summary>
    public void Area(ReadOnlySpan<Spot> polygon, Ink ink)
    {
        // Dark hair and cloth are filled by pencils, too.
        var dark = ink.Grey < 60;
        canvas.Fill(polygon, !medium.Lines ? ink : dark ? medium.Pencil : medium.Paper);
        if (medium.Lines && !dark)
        {
            canvas.Stroke([.. polygon, polygon[0]], pose.Scale * 0.035 * medium.Width, medium.Pencil);
        }
    }

    /// <summary>A patch that keeps its ink in every medium; <paramref name="clip"/>, where given, is a polygon that it stays within.</summary>
    public void Fill(ReadOnlySpan<Spot> polygon, Ink ink, double alpha = 1, ReadOnlySpan<Spot> clip = default) => canvas.Fill(polygon, ink, alpha, clip);

    /// <summary>A line, its width in half head heights.</summary>
    public void Stroke(ReadOnlySpan<Spot> line, double width, Ink ink, double alpha = 1) =>
        canvas.Stroke(line, pose.Scale * width * medium.Width, medium.Lines ? medium.Pencil : ink, alpha);

    /// <summary>An ellipse around a face place.</summary>
    public Spot[] Circle(double x, double y, double rx, double ry, bool onFace = true)
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
    public Spot[] Curve(double x1, double y1, double x2, double y2, double bend, bool onFace = true)
    {
        const int parts = 8;
        var spots = new Spot[parts + 1];
        for (var i = 0; i <= parts; i++)
        {
            var t = (double)i / parts;
            var (x, y) = (x1 + (x2 - x1) * t, y1 + (y2 - y1) * t - 4 * bend * t * (1 - t));
            spots[i] = onFace ? pose.OnFace(x, y) : pose.Flat(x, y);
        }

        return spots;
    }
}
