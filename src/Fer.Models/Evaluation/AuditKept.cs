using System.Collections.Immutable;
using System.Globalization;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// How far an auditor that filtered nothing agrees with what a filter kept, as the filter grew surer: calibration on real faces does not
/// carry over to fakes. A unit is a batch. Makes no file, and the figures of <see cref="KeptAudit.Figures"/>.
/// </summary>
public sealed class AuditKept : IWork
{
    private const int Kept = 0, Rejected = 1, Real = 2;

    private readonly TrainedClassifier auditor;
    private readonly ImageSet[] sets;
    private readonly LogitTables logits = new(3);

    /// <param name="auditor">A classifier's file that nothing was generated or filtered with.</param>
    /// <param name="kept">Kept images with their facts; may be none.</param>
    /// <param name="rejected">Rejected ones, as far as they were stored; may be none.</param>
    /// <param name="heldOut">Real faces that the auditor never saw: what it can at all.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public AuditKept(byte[] auditor, IEnumerable<ImageSet> kept, IEnumerable<ImageSet> rejected, ImageSet heldOut, Compute compute, byte[]? checkpoint = null)
    {
        if (heldOut.Count == 0)
        {
            throw new BadInputException("There is no held-out face to measure the auditor on.");
        }

        this.auditor = TrainedClassifier.Read(auditor, "The auditor", compute);
        try
        {
            var none = heldOut.Select([]);
            (string Name, ImageSet[] Parts)[] inputs = [("A kept set", [.. kept]), ("A rejected set", [.. rejected]), ("The held-out set", [heldOut])];
            foreach (var (name, parts) in inputs)
            {
                Array.ForEach(parts, p => this.auditor.CheckFits(p, "the auditor", name));
            }

            sets = [.. inputs.Select(input => none.Concat(input.Parts))];
            if (sets[Kept].Rows.Concat(sets[Rejected].Rows).FirstOrDefault(r => r.Facts is null) is { } bare)
            {
                throw new BadInputException($"The image {bare.Id} has no facts of a filter.");
            }

            Length = sets.Sum(s => (long)Evaluator.Batches(s.Count));
            if (checkpoint is not null)
            {
                Restore(checkpoint);
            }
        }
        catch
        {
            this.auditor.Dispose();
            throw;
        }
    }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length { get; }

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["judged"] = logits.Numbers / (double)auditor.Labels.Count };

    public void Advance()
    {
        var batch = Position;
        for (var i = 0; i < sets.Length; i++)
        {
            var batches = Evaluator.Batches(sets[i].Count);
            if (batch < batches)
            {
                logits[i].AddRange(Evaluator.Logits(auditor.Network, sets[i], (int)batch));
                Position++;
                return;
            }

            batch -= batches;
        }

        throw new InvalidOperationException("The audit is done.");
    }

    public byte[] Checkpoint()
    {
        using var file = new SafeTensors();
        logits.Save(file);
        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    private void Restore(byte[] checkpoint)
    {
        using var file = SafeTensors.Read(checkpoint, "checkpoint");
        logits.Load(file);
        Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"{Position} of {Length} batches are audited.");
        }

        ImmutableArray<double> Confidence(int set) => [.. sets[set].Rows.Select(r => r.Facts!.Confidence)];
        Predictions Table(int set) => Evaluator.Table(sets[set], logits[set]);
        return WorkResult.Of([], KeptAudit.Of(Table(Kept), Confidence(Kept), Table(Rejected), Confidence(Rejected), Table(Real)).Figures());
    }

    public void Dispose() => auditor.Dispose();
}
