using Fer.Actors.Storage;

namespace Fer.Actors.Runs;

/// <summary>Why a run stands, or was ended, where nothing is wrong with it.</summary>
public static class Pausing
{
    public const string ByUser = "asked for by the user";

    public const string BySweep = "its sweep lets it stand";

    public const string Dropped = "its sweep ended it: the sweep says why";

    /// <summary>The reason that goes with a wish.</summary>
    public static string Of(string wish) => wish switch { WishFile.Stand => BySweep, WishFile.Drop => Dropped, _ => ByUser };
}
