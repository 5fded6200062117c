using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Actors.Devices;

/// <summary>
/// Carries one step on one thread: opens it from the newest whole checkpoint, moves it slice by slice, saves it, and
/// stores what it made. Knows no actor. Time decides only when to look up and when to save, never what comes out.
/// </summary>
internal sealed class StepRunner : IDisposable
{
    /// <summary>
    /// A slice is one unit or so much time, whichever is longer: pause, cancel and status are answered between slices. The first is one
    /// unit, so that who watches sees at once that the step moves.
    /// </summary>
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    private readonly StepOrder order;
    private readonly ArtifactStore store;
    private readonly IWork work;
    private readonly Action moved;
    private long savedAt;
    private long savedPosition;
    private bool moving;
    private TimeSpan saveCost = TimeSpan.Zero;

    private StepRunner(StepOrder order, ArtifactStore store, IWork work, Action moved)
    {
        this.order = order;
        this.store = store;
        this.work = work;
        this.moved = moved;
        savedAt = Stopwatch.GetTimestamp();
        savedPosition = work.Position;
    }

    public bool Done => work.Done;

    public long Position => work.Position;

    public bool CanSplitBatches => work.CanSplitBatches;

    /// <param name="damaged">Told of each checkpoint that could not be read back whole.</param>
    /// <param name="moved">Called after each unit, on this thread.</param>
    public static StepRunner Open(StepOrder order, StepKind kind, torch.Device device, Action<string, string> damaged, Action moved)
    {
        var store = new ArtifactStore(order.Store);
        var compute = new Compute(device, order.Precision == "bf16" ? Precision.Bf16 : Precision.Fp32);
        foreach (var checkpoint in order.Checkpoints)
        {
            byte[] bytes;
            try
            {
                bytes = store.Get(checkpoint.Artifact);
            }
            catch (DamagedArtifactException e)
            {
                damaged(checkpoint.Artifact, e.Message);
                continue;
            }

            return new StepRunner(order, store, OpenWork(bytes), moved);
        }

        return new StepRunner(order, store, OpenWork(null), moved);

        IWork OpenWork(byte[]? checkpoint) =>
            kind.Open(new StepContext(order.Spec, role => store.Get(order.Spec.Inputs[role]), compute, order.Adjustments, checkpoint));
    }

    /// <summary>One slice. Gives a checkpoint when one fell due in it.</summary>
    public CheckpointRef? Advance()
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            work.Advance();
            moved();
        }
        while (moving && !work.Done && !SaveIsDue() && Stopwatch.GetElapsedTime(start) < Slice);

        moving = true;
        return !work.Done && SaveIsDue() ? Save() : null;
    }

    public WorkMoved Live() => new(order.Order, work.Position, work.Length, work.Unit, work.Live.ToImmutableSortedDictionary(StringComparer.Ordinal));

    /// <summary>Writes a checkpoint; null when the last one is just as new.</summary>
    public CheckpointRef? Save()
    {
        if (work.Position == savedPosition)
        {
            return null;
        }

        var start = Stopwatch.GetTimestamp();
        var artifact = store.Put(work.Checkpoint());
        saveCost = Stopwatch.GetElapsedTime(start);
        savedAt = Stopwatch.GetTimestamp();
        savedPosition = work.Position;
        return new CheckpointRef(work.Position, work.Length, artifact);
    }

    public WorkDone Finish()
    {
        var result = work.Finish();
        var files = result.Files.ToImmutableSortedDictionary(f => f.Key, f => store.Put(f.Value), StringComparer.Ordinal);
        return new WorkDone(order.Order, files, result.Figures);
    }

    public void Dispose() => work.Dispose();

    /// <summary>At most max(30 s by default, 50 × one checkpoint) of work is ever repeated.</summary>
    private bool SaveIsDue()
    {
        if (order.CheckpointSteps > 0 && work.Position - savedPosition >= order.CheckpointSteps)
        {
            return true;
        }

        var due = order.CheckpointEvery > 50 * saveCost ? order.CheckpointEvery : 50 * saveCost;
        return work.Position > savedPosition && Stopwatch.GetElapsedTime(savedAt) >= due;
    }

    /// <summary>Which fault an exception is; see <see cref="Fer.Actors.Runs.V1.StepFailed"/>.</summary>
    public static (string Fault, string Message) Classify(Exception e) => e switch
    {
        NonFiniteLossException => ("non-finite", e.Message),
        BadInputException => ("bad-input", e.Message),
        DamagedArtifactException => ("damaged-input", e.Message),
        OutOfMemoryException => ("out-of-memory", e.Message),
        System.Runtime.InteropServices.ExternalException x when x.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || x.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase) => ("out-of-memory", FirstLine(x)),
        System.Runtime.InteropServices.ExternalException x when x.Message.Contains("CUDA error", StringComparison.Ordinal) => ("device", FirstLine(x)),
        IOException or UnauthorizedAccessException => ("io", e.Message),
        _ => ("error", $"{e.GetType().Name}: {FirstLine(e)}"),
    };

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0];
}
