using Fer.Models.Training;

namespace Fer.Bench;

internal static class Works
{
    /// <summary>Does all of it; what it made, by name.</summary>
    public static Dictionary<string, byte[]> Finish(IWork work)
    {
        while (!work.Done)
        {
            work.Advance();
        }

        return work.Finish().Files.ToDictionary(f => f.Key, f => f.Value);
    }
}
