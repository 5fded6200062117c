using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Sweeps;

/// <summary>
/// A row of <see cref="MemoryStepRows"/>: which slot computes the step, under which number, how far it is and what became of it. What happens to
/// it is a method; whether it may happen is asked before. Moments are of the clock of the rows.
/// </summary>
internal sealed class MemoryStep
{
    private const int MostExpiries = 10;

    private readonly long born;
    private ImmutableArray<string> madeFor = [];
    private TimeSpan until;
    private TimeSpan claimed;
    private long? from;
    private long position;
    private long length;
    private string unit = "";
    private int expiries;
    private ImmutableArray<CheckpointRef> checkpoints;
    private ImmutableArray<DamagedCheckpoint> damaged = [];
    private Adjustments adjustments;
    private ImmutableSortedDictionary<string, string> files = ImmutableSortedDictionary<string, string>.Empty;
    private ImmutableSortedDictionary<string, double> figures = ImmutableSortedDictionary<string, double>.Empty;
    private RowFault? fault;

    // Behind the tries of earlier lives, so that the number of a try is never used twice; with their result, where there is one.
    public MemoryStep(Wanted w, long created, LastingStep? known)
    {
        (Spec, Created, Priority, adjustments, checkpoints) = (w.Step, created, w.Priority, w.Adjustments, w.Checkpoints);
        Token = Math.Max(w.FoldedTry, known?.Token ?? 0);
        born = Token;
        if (known?.Result is { } result)
        {
            (State, files, figures, checkpoints, born) = (RowState.Done, result.Files, result.Figures, [], 0);
            (Host, Device, madeFor) = (result.Host, result.Device, result.MadeFor);
        }
    }

    public RowSpec Spec { get; }

    public long Created { get; }

    public RowState State { get; private set; } = RowState.Open;

    public int Priority { get; private set; }

    public long Token { get; private set; }

    public string Host { get; private set; } = "";

    public string Device { get; private set; } = "";

    /// <summary>More than open, or was once. What happened under the number that it began with is not known here.</summary>
    public bool IsSeen => Token > born;

    /// <summary>Whether it was done by a try that this run waited for: of what an earlier life did for this very run the run's journal may know nothing yet.</summary>
    public bool WasMadeFor(string run) => madeFor.Contains(run);

    public bool IsOf(string host, string device) => State == RowState.Running && Host == host && Device == device;

    public bool IsSilent(TimeSpan now) => State == RowState.Running && until < now;

    /// <summary>Slot after slot fell silent over it.</summary>
    public bool IsHopeless(TimeSpan now) => IsSilent(now) && expiries >= MostExpiries;

    public bool RefersTo(string artifact) => files.ContainsValue(artifact) || checkpoints.Any(c => c.Artifact == artifact);

    /// <summary>A run wants it: where its last try has ended for nothing, as the run knows, it is opened again.</summary>
    public void Want(Wanted w)
    {
        if (State is RowState.Failed or RowState.Done && Token <= w.FoldedTry)
        {
            (State, adjustments, checkpoints, from) = (RowState.Open, w.Adjustments, w.Checkpoints, null);
        }

        Priority = Math.Max(Priority, w.Priority);
    }

    public ClaimedStep Claim(string host, string device, TimeSpan now, TimeSpan lease)
    {
        expiries += IsSilent(now) ? 1 : 0;
        (State, Host, Device, until, claimed, from, damaged, fault) = (RowState.Running, host, device, now + lease, now, null, [], null);
        Token++;
        return new ClaimedStep(Spec, Token, checkpoints, adjustments);
    }

    public void Beat(HeldStep held, TimeSpan until) => (this.until, position, length, unit) = (until, held.Position, held.Length, held.Unit);

    /// <param name="until">The lease's end, where the write prolongs it.</param>
    public void Write(RowWrite write, TimeSpan until)
    {
        switch (write)
        {
            case RowWrite.Opened o:
                (from, damaged, position, this.until) = (o.From, o.Damaged, o.From, until);
                break;
            case RowWrite.Saved s:
                (checkpoints, expiries, this.until) = (s.Checkpoints, 0, until);
                break;
            case RowWrite.Done d:
                (State, files, figures, checkpoints) = (RowState.Done, d.Files, d.Figures, []);
                break;
            case RowWrite.Failed f:
                (State, fault) = (RowState.Failed, f.Fault);
                break;
            case RowWrite.Released:
                Release();
                break;
            default:
                throw new InvalidOperationException($"A slot cannot write a {write.GetType().Name}.");
        }
    }

    public void Release() => (State, Host, Device) = (RowState.Open, "", "");

    /// <summary>Others may take it at once.</summary>
    public void Expire(TimeSpan now) => until = now;

    public void GiveUp()
    {
        (State, expiries) = (RowState.Failed, 0);
        fault = new RowFault("worker-lost", FormattableString.Invariant($"{MostExpiries} slots that computed it fell silent, one after another, and it came no further"), 0, null);
    }

    /// <summary>What it made, for the runs that want it now.</summary>
    public StepResult ResultFor(ImmutableArray<string> runs)
    {
        madeFor = runs;
        return new StepResult(files, figures) { Host = Host, Device = Device, MadeFor = madeFor };
    }

    public SeenStep SeenBy(string run, bool wasThere) => new(
        run, Spec.Hash, State, Token, Host, Device, from, position, length, unit, checkpoints, damaged, adjustments,
        files, figures, fault) { WasThere = wasThere };

    /// <param name="at">The moment <paramref name="now"/> by a clock that others have, too.</param>
    public SlotUse Use(DateTimeOffset at, TimeSpan now, ImmutableArray<string> runs) => new(Host, Device, Spec.Hash, Spec.Spec.Name, Token, at - (now - claimed), position, length, unit) { Runs = runs };
}
