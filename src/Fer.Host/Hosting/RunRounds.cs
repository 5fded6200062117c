using Fer.Actors.Runs;
using Fer.Host.Reports;

namespace Fer.Host.Hosting;

internal static class RunRounds
{
    /// <summary>The latest round of which a step was started; 0 before the first.</summary>
    public static int Round(this RunState state) => state.Rounds() is [.., var last] ? last : 0;
}
