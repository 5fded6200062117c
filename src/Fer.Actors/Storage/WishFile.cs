namespace Fer.Actors.Storage;

/// <summary>A user's wish to whichever process holds a run: one word in the file <see cref="RunFolder.Request"/>.</summary>
public static class WishFile
{
    public const string Pause = "pause";

    public const string Cancel = "cancel";

    /// <summary>As <see cref="Pause"/>, said by a sweep of one of its trials: the sweep may let it go on, while what a person paused is the person's.</summary>
    public const string Stand = "stand";

    /// <summary>As <see cref="Cancel"/>, said by a sweep of one of its trials.</summary>
    public const string Drop = "drop";

    /// <summary>Whether a wish ends the run for good.</summary>
    public static bool Ends(string wish) => wish is Cancel or Drop;

    /// <summary>Leaves the wish, whole or not at all; a later one takes its place.</summary>
    public static void Leave(RunFolder folder, string wish)
    {
        var aside = folder.Request + ".new";
        File.WriteAllText(aside, wish);
        File.Move(aside, folder.Request, overwrite: true);
    }

    /// <summary>Takes the wish away and gives it; null where there is none. What is no whole word yet stays, and is looked at again.</summary>
    public static string? Take(RunFolder folder)
    {
        if (!File.Exists(folder.Request))
        {
            return null;
        }

        var wish = File.ReadAllText(folder.Request).Trim();
        if (wish is not (Pause or Cancel))
        {
            return null;
        }

        File.Delete(folder.Request);
        return wish;
    }
}
