namespace Fer.Actors.Hosting;

/// <summary>How many images a second each running step is shown, from one look at it to the next.</summary>
internal sealed class TrainingPace(TimeProvider clock)
{
    /// <summary>The live figure of a training that counts the images it was shown.</summary>
    private const string Images = "images";

    private readonly Dictionary<string, (double Images, long At)> seen = new(StringComparer.Ordinal);

    /// <summary>Images a second since the last look; null at the first, where the step went back, and for a step that shows no images.</summary>
    public double? Look(LiveStep live)
    {
        if (!live.Figures.TryGetValue(Images, out var images))
        {
            return null;
        }

        var now = clock.GetTimestamp();
        var known = seen.TryGetValue(live.Step, out var last);
        seen[live.Step] = (images, now);
        var seconds = known ? clock.GetElapsedTime(last.At, now).TotalSeconds : 0;
        return seconds > 0 && images > last.Images ? (images - last.Images) / seconds : null;
    }

    /// <summary>The step starts or ends: what was seen of it says nothing about what comes.</summary>
    public void Forget(string step) => seen.Remove(step);
}
