using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>Shoulders, head, hair, and the marks on a person's skin: all that says nothing of the expression.</summary>
internal sealed class SketchHead(SketchPerson person, SketchPen pen, Draws draws)
{
    private const int OutlineCorners = 40;

    public void Draw()
    {
        var pose = pen.Pose;
        pen.Area([pose.Flat(-0.95, 1.9), pose.Flat(-0.8, 1.35), pose.Flat(-0.3, 1.1), pose.Flat(0.3, 1.1), pose.Flat(0.8, 1.35), pose.Flat(0.95, 1.9)], Ink.Of(draws.Between("clothes", 20, 220)));
        pen.Area([pose.Flat(-0.3, 0.6), pose.Flat(0.3, 0.6), pose.Flat(0.34, 1.25), pose.Flat(-0.34, 1.25)], person.Skin.Times(0.78));
        pen.Area(Outline(person.HairVolume, person.HairLength), person.Hair);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            pen.Area(pen.Circle(side * (person.HeadWidth - 0.01 - side * pose.Yaw * 0.2), 0.02, 0.08, 0.16, onFace: false), person.Skin.Times(0.88));
        }

        pen.Area(Outline(0, 2), person.Skin);
        if (person.HatBrim > 0)
        {
            Hat();
        }
        else
        {
            Fringe();
        }

        if (person.Beard)
        {
            pen.Fill([.. Outline(0, 2).Where(s => pose.Back(s.X, s.Y).Y > 0.3), pose.OnFace(-0.42, 0.42), pose.OnFace(0, 0.30), pose.OnFace(0.42, 0.42)], person.Hair, 0.55);
        }

        Marks();
    }

    /// <summary>The part of the head above the hair line.</summary>
    private void Fringe()
    {
        var swing = draws.Around("fringe", 0.06);
        var top = Above(person.HairLine + 0.25);
        top.Add(pen.Pose.Flat(0.5 * person.HeadWidth, person.HairLine + swing));
        top.Add(pen.Pose.Flat(0, person.HairLine - 0.04));
        top.Add(pen.Pose.Flat(-0.5 * person.HeadWidth, person.HairLine - swing));
        pen.Area([.. top], person.Hair);
    }

    private void Hat()
    {
        var pose = pen.Pose;
        var (brim, edge) = (person.HatBrim, person.HairLine + 0.02);
        pen.Area([pose.Flat(-0.7, edge), pose.Flat(-0.66, edge - person.HatHeight), pose.Flat(0, edge - person.HatHeight - 0.12), pose.Flat(0.66, edge - person.HatHeight), pose.Flat(0.7, edge)], person.Hat);
        pen.Area([pose.Flat(-brim, edge - 0.07), pose.Flat(brim, edge - 0.07), pose.Flat(brim, edge + 0.06), pose.Flat(-brim, edge + 0.06)], person.Hat.Times(0.7));
    }

    private List<Spot> Above(double y)
    {
        var pose = pen.Pose;
        var spots = Outline(0.015, 2).Where(s => pose.Back(s.X, s.Y).Y < y).ToList();
        spots.Sort((a, b) => pose.Back(a.X, a.Y).X.CompareTo(pose.Back(b.X, b.Y).X));
        return spots;
    }

    /// <summary>Wrinkles, scars, paint and freckles: strokes like those of brows and mouths, but always the same for a person.</summary>
    private void Marks()
    {
        foreach (var (x, y, length, turn, bend, width, light) in person.Marks)
        {
            var (dx, dy) = (length * Math.Cos(turn), length * Math.Sin(turn));
            pen.Stroke(pen.Curve(x - dx, y - dy, x + dx, y + dy, bend), width, light ? Ink.Of(235) : person.Skin.Times(0.45), 0.75);
        }
    }

    /// <summary>The head's outline, wider by <paramref name="volume"/>; straight down on both sides from <paramref name="length"/> for hair.</summary>
    private Spot[] Outline(double volume, double length)
    {
        var spots = new Spot[OutlineCorners];
        for (var i = 0; i < OutlineCorners; i++)
        {
            var angle = 2 * Math.PI * i / OutlineCorners;
            var (x, y) = (Math.Cos(angle), Math.Sin(angle));
            if (y <= 0 || length >= 2)
            {
                spots[i] = pen.Pose.Flat((person.HeadWidth * (y > 0 ? 1 - person.Jaw * y * y : 1) + volume) * x, y > 0 ? y : y * (1 + volume));
            }
            else
            {
                spots[i] = pen.Pose.Flat((person.HeadWidth + volume) * (y < length ? Math.Max(Math.Abs(x), 0.9) * Math.Sign(x) : x), Math.Min(y, length));
            }
        }

        return spots;
    }
}
