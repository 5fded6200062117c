namespace Fer.Models.Training;

/// <summary>Learning rates in closed form by step: nothing to save in a checkpoint.</summary>
public static class Schedules
{
    /// <summary>Half a cosine from 1 at step 0 to 0 at step <paramref name="length"/>.</summary>
    public static double Cosine(long position, long length) => 0.5 * (1 + Math.Cos(Math.PI * Math.Min(position, length) / length));
}
