namespace Fer.Models.Data.Sketch;

/// <summary>
/// How the head is held, and from face places to canvas places. A face place (x, y) is measured in half head heights from
/// the head's middle, x to the right, y down; its depth is that of an egg.
/// </summary>
/// <param name="Yaw">Turned to a side, in radians.</param>
/// <param name="Pitch">Bowed (positive) or raised, in radians.</param>
/// <param name="Roll">Tilted, in radians.</param>
/// <param name="Scale">Half a head's height in pixels.</param>
/// <param name="X">The head's middle on the canvas, in pixels.</param>
/// <param name="Y">The same, downwards.</param>
/// <param name="Aspect">How much wider than high things are drawn; 1 is true to life.</param>
internal sealed record SketchPose(double Yaw, double Pitch, double Roll, double Scale, double X, double Y, double Aspect)
{
    private const double Depth = 0.75;

    private readonly double sinYaw = Math.Sin(Yaw);
    private readonly double cosYaw = Math.Cos(Yaw);
    private readonly double sinPitch = Math.Sin(Pitch);
    private readonly double cosPitch = Math.Cos(Pitch);
    private readonly double sinRoll = Math.Sin(Roll);
    private readonly double cosRoll = Math.Cos(Roll);

    /// <summary>The pose of one picture of <paramref name="size"/> pixels; brows, eyes and mouth stay within it.</summary>
    public static SketchPose Of(Draws draws, int size, double wild) => new(
        draws.Around("yaw", 0.1 + 0.15 * wild),
        draws.Around("pitch", 0.06 + 0.09 * wild),
        draws.Between("roll", -0.08, 0.08) + wild * draws.Between("wild roll", -0.8, 0.8),
        size * (draws.Between("scale", 0.42, 0.48) - wild * draws.Between("wild scale", -0.02, 0.15)),
        size * (0.5 + (0.2 + wild) * draws.Between("x", -0.08, 0.08)),
        size * (0.51 + (0.2 + wild) * draws.Between("y", -0.08, 0.08)),
        1 + (0.2 + wild) * draws.Between("aspect", -0.1, 0.1));

    /// <summary>A place on the front of the face: it moves with a turn of the head.</summary>
    public Spot OnFace(double x, double y)
    {
        var depth = Depth * Math.Sqrt(Math.Max(0, 1 - x * x / 0.64 - y * y));
        return Flat(x * cosYaw + depth * sinYaw, y * cosPitch + depth * sinPitch);
    }

    /// <summary>A place on the head's outline, which a small turn leaves where it is.</summary>
    public Spot Flat(double x, double y) => new(X + Scale * (x * Aspect * cosRoll - y * sinRoll), Y + Scale * (x * Aspect * sinRoll + y * cosRoll));

    /// <summary>The face place of a canvas place, without depth: for light.</summary>
    public (double X, double Y) Back(double x, double y)
    {
        var (dx, dy) = ((x - X) / Scale, (y - Y) / Scale);
        return ((dx * cosRoll + dy * sinRoll) / Aspect, -dx * sinRoll + dy * cosRoll);
    }
}
