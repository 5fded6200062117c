using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Runs;

namespace Fer.Actors.Sweeps;

/// <summary>What the owner of a step was told of its row so far, and what it must be told when the row is read again. Pure.</summary>
internal sealed record RowStory
{
    private readonly Place place;

    public RowStory(Place place)
    {
        this.place = place;
        Adjustments = place.Order.Adjustments.Items.Length;
        Checkpoints = [.. place.Order.Checkpoints.Select(c => c.Artifact)];
    }

    /// <summary>The try whose end was told: nothing more comes, and the step must be placed anew if it is to go on.</summary>
    public bool IsOver { get; private init; }

    private int Try { get; init; }

    private string? Device { get; init; }

    private bool IsOpened { get; init; }

    private int Adjustments { get; init; }

    private int Damaged { get; init; }

    private ImmutableHashSet<string> Checkpoints { get; init; }

    /// <returns>Messages for the owner, in order.</returns>
    public (RowStory Next, ImmutableArray<IWorkerNews> Said) Read(SeenStep row)
    {
        // What the journal has ended for nothing, and rows that nobody has had in hand since, say nothing new.
        if (IsOver || row.Token <= place.FoldedTry || (row.State == RowState.Open && Before == 0))
        {
            return (this, []);
        }

        var said = new List<IWorkerNews>();
        var order = place.Order.Order;
        if (Before > 0 && (row.Token > Before || row.State == RowState.Open))
        {
            // The journal's try is over and nobody said how: what it saved is in the row.
            var left = Device ?? place.BegunOn;
            if (Try == 0)
            {
                said.Add(new Placed(order, left, Before));
            }

            if (!IsOpened)
            {
                said.Add(new WorkOpened(order, row.From ?? 0));
            }

            said.AddRange(Saved(row));
            said.Add(new WorkLeft(order, left, row.State == RowState.Open ? "it gave the step back" : "it fell silent, and another slot has the step by now"));
            return (this with { IsOver = true }, [.. said]);
        }

        var next = this;
        if (Try == 0)
        {
            next = next with { Try = (int)row.Token, Device = row.WasThere && row.State == RowState.Done ? Attempt.Nowhere : $"{row.Host}/{row.Device}" };
            said.Add(new Placed(order, next.Device, next.Try));
        }

        if ((row.From ?? EndedAt(row)) is { } from && !IsOpened)
        {
            next = next with { IsOpened = true };
            said.Add(new WorkOpened(order, from));
        }

        if (!next.IsOpened)
        {
            // What the row knows of earlier tries, maybe of another run's, belongs to a step that has begun.
            return (next, [.. said]);
        }

        if (row.Adjustments.Items.Length > Adjustments)
        {
            said.Add(new WorkAdjusted(order, [.. row.Adjustments.Items.Skip(Adjustments)]));
        }

        said.AddRange(row.Damaged.Skip(Damaged).Select(d => new WorkDamaged(order, d.Artifact, d.Reason)));
        said.AddRange(Saved(row));
        said.Add(row.State switch
        {
            RowState.Done => new WorkDone(order, row.Files, row.Figures),
            RowState.Failed => new WorkFault(order, row.Fault!.Fault, row.Fault.Message, row.Fault.Position, row.Fault.Artifact),
            _ => new WorkMoved(order, row.Position, row.Length, row.Unit, ImmutableSortedDictionary<string, double>.Empty),
        });
        next = next with
        {
            Adjustments = Math.Max(Adjustments, row.Adjustments.Items.Length),
            Damaged = Math.Max(Damaged, row.Damaged.Length),
            Checkpoints = Checkpoints.Union(row.Checkpoints.Select(c => c.Artifact)),
            IsOver = row.State is RowState.Done or RowState.Failed,
        };
        return (next, [.. said]);
    }

    /// <summary>The try that was told here, or that the journal had begun before.</summary>
    private int Before => Try > 0 ? Try : place.BegunTry;

    // A try that failed while it was opened, or a result of long ago.
    private static long? EndedAt(SeenStep row) => row.State switch
    {
        RowState.Done => 0,
        RowState.Failed => row.Fault!.Position,
        _ => null,
    };

    private IEnumerable<WorkSaved> Saved(SeenStep row) => row.Checkpoints.Where(c => !Checkpoints.Contains(c.Artifact)).Select(c => new WorkSaved(place.Order.Order, c));
}
