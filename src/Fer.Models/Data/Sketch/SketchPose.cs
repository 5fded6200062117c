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
    public static SketchPose Of(Draws draws, int size) => new(
        draws.Around("yaw", 0.24),
        draws.Around("pitch", 0.14),
        draws.Between("roll", -0.4, 0.4),
        size * draws.Between("scale", 0.33, 0.47),
        size * (0.5 + draws.Between("x", -0.05, 0.05)),
        size * (0.51 + draws.Between("y", -0.05, 0.05)),
        draws.Between("aspect", 0.9, 1.1));

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
