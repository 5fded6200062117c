using System.Collections.Immutable;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>What a coordinator does first with a sweep whose journal it has read: writes that it has it now, or leaves it alone. Pure.</summary>
internal static class SweepTakeOver
{
    /// <returns>To be written first; null: somebody with a later right has it.</returns>
    public static ImmutableArray<ISweepEvent>? Of(SweepState state, SweepSetup setup, DateTimeOffset at)
    {
        if (state.Claims is [.., var last] && last.Number > setup.Seat)
        {
            return null;
        }

        var claimed = new SweepClaimed(at, setup.Seat, Environment.MachineName, Environment.ProcessId) { IsHeard = setup.Hook.Hears(setup.Spec) };
        return state.SweepId.Length == 0 ? [new SweepStarted(at, setup.Row.Id, setup.Row.Spec, setup.Version), claimed] : [claimed];
    }
}
