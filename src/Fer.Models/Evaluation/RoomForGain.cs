using System.Globalization;

namespace Fer.Models.Evaluation;

/// <summary>
/// How much of what as many extra real faces bring the kept synthetic faces brought: (refined − control) / (oracle − control). The share is as
/// uncertain as the room is small, so both are reported.
/// </summary>
/// <param name="Room">Macro F1 of the oracle minus that of the control, share of 1.</param>
/// <param name="Gain">Macro F1 of refined minus that of the control, share of 1.</param>
public sealed record RoomForGain(double Room, double Gain)
{
    public static RoomForGain Of(double control, double refined, double oracle) => new(oracle - control, refined - control);

    /// <summary>1 when synthetic faces did as much as real ones, below 0 when they harmed; null when real ones brought nothing: a quotient would then have no meaning.</summary>
    public double? Share => Room > 0 ? Gain / Room : null;

    /// <summary>Name of the share among the figures.</summary>
    public const string ShareFigure = "oracle.share";

    /// <summary>The figures by their stable names; the share is missing when there is none.</summary>
    public IEnumerable<(string Name, double Value)> Figures()
    {
        yield return ("oracle.room", Room);
        if (Share is { } share)
        {
            yield return (ShareFigure, share);
        }
    }

    public override string ToString() => Share is < 0
        ? string.Create(CultureInfo.InvariantCulture, $"Synthetic faces took nothing of the room: they bring {100 * Gain:+0.0;−0.0;0.0} points over the control, as many extra real faces {100 * Room:+0.0}.")
        : Share is { } share
        ? string.Create(CultureInfo.InvariantCulture, $"Synthetic faces brought {100 * share:0} % of what as many extra real faces bring ({100 * Gain:+0.0;−0.0;0.0} of {100 * Room:+0.0} points).")
        : string.Create(CultureInfo.InvariantCulture, $"The data leave no room: as many extra real faces bring {100 * Room:+0.0;−0.0;0.0} points over the control.");
}
