using System.Globalization;
using Fer.Actors.Runs;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>How many extra real faces the oracle got, of all loops, beside how many generated ones refined got, what took turns included: fewer where a class had too few held back.</summary>
public sealed record OracleSize(int Faces, int Kept)
{
    public bool IsWhole => Faces >= Kept;

    /// <summary>Read off a run whose loops have decided what to use.</summary>
    public static OracleSize Of(RunState state, RefinementRun run)
    {
        var (faces, all) = (0, 0);
        for (var loop = 1; loop <= run.Settings.Loop.Loops; loop++)
        {
            var used = state.Decisions.TryGetValue(Names.InLoop(loop, Names.RoundsUsed), out var d) ? int.Parse(d.Answer, CultureInfo.InvariantCulture) : 0;
            for (var label = 0; label < run.Classes.Length; label++)
            {
                var kept = Enumerable.Range(1, used).Sum(r => LoopContext.SeenOf(state.Completed(Names.InLoop(loop, Names.Sample(r, run.Classes[label])))));
                faces += run.ExtraOf(label, loop, kept);
                all += kept;
            }
        }

        return new OracleSize(faces, all);
    }
}
