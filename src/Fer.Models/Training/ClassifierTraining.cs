using System.Globalization;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Files;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Trains a classifier on a <see cref="TrainingMix"/>; a unit is one optimiser step. With <c>Keep = best</c> the step that ends an epoch
/// also measures the loss on the validation images. Makes the files <c>weights</c> (<see cref="TrainedClassifier"/>),
/// <c>curve</c> (<see cref="Curve"/>: loss, learning-rate) and <c>predictions</c> (of the validation images), and the figures of
/// <see cref="Metrics.Figures"/> on validation.
/// </summary>
public sealed class ClassifierTraining : IWork
{
    private const int CurvePoints = 500;

    private readonly ClassifierSettings settings;
    private readonly TrainingMix mix;
    private readonly ImageSet validation;
    private readonly Compute compute;
    private readonly Adjustments adjustments;
    private readonly bool softLabels;
    private readonly Address order;
    private readonly Address blends;
    private readonly FlipShift augmentation;
    private readonly Classifier network;
    private readonly Classifier? averaged;
    private readonly WeightAverage? average;
    private readonly FlatAdam optimizer;
    private readonly LossGuard guard;
    private readonly long epochSteps;
    private readonly long curveEvery;
    private Curve curve = new("loss", "learning-rate");
    private double lossSum;
    private long lossCount;
    private double lastLoss = double.NaN;
    private SafeTensors? best;
    private double bestLoss = double.PositiveInfinity;

    /// <param name="settings">How to train.</param>
    /// <param name="mix">What to train on.</param>
    /// <param name="validation">Real images for the figures at the end and, with <c>Keep = best</c>, for the choice of weights.</param>
    /// <param name="seed">First weights, order and augmentation are drawn from it.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="adjustments">What supervision changed, by position.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there; null starts afresh.</param>
    /// <param name="softLabels">Take a teacher's probabilities (<see cref="FilterFacts.Posterior"/>) for the label of an image that has them.</param>
    public ClassifierTraining(
        ClassifierSettings settings, TrainingMix mix, ImageSet validation, long seed, Compute compute, Adjustments adjustments, byte[]? checkpoint = null, bool softLabels = false)
    {
        this.softLabels = softLabels;
        this.settings = settings;
        this.mix = mix;
        this.validation = validation;
        this.compute = compute;
        this.adjustments = adjustments;
        if (validation.Count == 0)
        {
            throw new BadInputException("There is no validation image to measure the classifier on.");
        }

        var images = mix.Images;
        var root = Address.Of(seed);
        order = root.At("order");
        blends = root.At("mixup");
        augmentation = new FlipShift(settings.Flip, settings.Shift, root.At("augmentation"));
        guard = new LossGuard(Math.Log(images.Labels.Count));
        epochSteps = Math.Max(1, (mix.EpochSize + settings.BatchSize - 1) / settings.BatchSize);
        curveEvery = Math.Max(1, (settings.Steps + CurvePoints - 1) / CurvePoints);

        var shape = new ClassifierShape(settings.Network, images.Labels.Count, images.Channels, images.Height, images.Width);
        network = ClassifierFactory.Create(shape, root.At("weights"), compute.Precision);
        network.to(compute.Device);
        network.train();
        if (settings.Average > 0)
        {
            averaged = ClassifierFactory.Build(shape, compute.Precision);
            averaged.to(compute.Device);
            average = new WeightAverage(averaged, network, settings.Average);
        }

        optimizer = FlatAdam.Named(settings.Optimizer, network, settings.WeightDecay);
        if (checkpoint is not null)
        {
            Restore(checkpoint);
        }
    }

    public string Unit => "steps";

    public long Position { get; private set; }

    public long Length => settings.Steps;

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double>
    {
        ["loss"] = lastLoss,
        ["epoch"] = Math.Floor((double)Position / epochSteps),
        ["learning-rate"] = Rate(Position),
        ["images"] = Position * settings.BatchSize,
    };

    // Mixup blends an image with another of the batch that it is computed in: a smaller one would hold other partners.
    public bool CanSplitBatches => !network.HasBatchStatistics && settings.Mixup == 0;

    public void Advance()
    {
        if (Done)
        {
            throw new InvalidOperationException("The training is done.");
        }

        using var scope = NewDisposeScope();
        var micro = adjustments.MicroBatches(Position);
        if (micro > 1 && network.HasBatchStatistics)
        {
            throw new NotSupportedException($"The classifier '{settings.Network}' has batch statistics: its batches cannot be cut into {micro} micro-batches.");
        }

        var rate = Rate(Position);
        optimizer.Step(Gradient(micro), rate);
        average?.Update(Position);
        lossSum += lastLoss;
        lossCount++;
        Position++;
        if (Position % curveEvery == 0 || Done)
        {
            curve.Add(Position, lossSum / lossCount, rate);
            (lossSum, lossCount) = (0, 0);
        }

        if (settings.Keep == "best" && (Position % epochSteps == 0 || Done))
        {
            KeepIfBest();
        }
    }

    /// <summary>Gradient of the batch's weighted mean loss, summed over micro-batches; throws before the weights are touched when something is not finite.</summary>
    private Tensor Gradient(int micro)
    {
        var batch = mix.Batch(order, Position, settings.BatchSize);
        var totalWeight = batch.Sum(e => (double)e.Weight);
        var loss = 0.0;
        Tensor? gradient = null;
        foreach (var (from, count) in MicroBatch.Cut(batch.Length, micro))
        {
            using var scope = NewDisposeScope();
            var share = Loss(batch.AsSpan(from, count)).sum().OverNumber(totalWeight);
            loss += share.ToNumber();
            gradient = MicroBatch.Add(gradient, optimizer.Gradient(share));
        }

        lastLoss = loss;
        guard.Check("loss", lastLoss, Position);
        var norm = gradient!.norm().ToNumber();
        if (!double.IsFinite(norm))
        {
            throw new NonFiniteLossException("gradient", norm, Position);
        }

        return gradient;
    }

    /// <summary>Weighted loss of each example, <c>[B]</c>.</summary>
    private Tensor Loss(ReadOnlySpan<MixExample> examples)
    {
        var images = mix.Images;
        var labels = new long[examples.Length];
        var weights = new float[examples.Length];
        for (var i = 0; i < examples.Length; i++)
        {
            labels[i] = images.Rows[examples[i].Index].Label;
            weights[i] = examples[i].Weight;
        }

        var pixels = tensor(augmentation.Assemble(images, examples), [examples.Length, images.Channels, images.Height, images.Width]);
        var input = EightBit.ToFloat(pixels.to(compute.Device));
        var weight = tensor(weights).to(compute.Device);
        if (!softLabels && settings.Mixup == 0)
        {
            var plain = nn.functional.cross_entropy(
                network.Forward(input).Logits, tensor(labels).to(compute.Device), reduction: nn.Reduction.None, label_smoothing: settings.LabelSmoothing);
            return plain.mul(weight);
        }

        var targets = tensor(Targets(examples), [examples.Length, images.Labels.Count]).to(compute.Device);
        if (settings.Mixup > 0)
        {
            // Each label keeps the weight of the image that it came with.
            (input, targets) = Blend(input, targets.mul(weight.unsqueeze(1)), blends.At(Position));
            return targets.mul(nn.functional.log_softmax(network.Forward(input).Logits, 1)).sum(1).neg();
        }

        return targets.mul(nn.functional.log_softmax(network.Forward(input).Logits, 1)).sum(1).neg().mul(weight);
    }

    /// <summary>Probabilities of each example's classes, row after row: its label, smoothed, or the teacher's where it has them.</summary>
    private float[] Targets(ReadOnlySpan<MixExample> examples)
    {
        var classes = mix.Images.Labels.Count;
        var targets = new float[examples.Length * classes];
        for (var i = 0; i < examples.Length; i++)
        {
            var row = mix.Images.Rows[examples[i].Index];
            var target = targets.AsSpan(i * classes, classes);
            if (softLabels && row.Facts?.Posterior is { } posterior)
            {
                posterior.CopyTo(target);
                continue;
            }

            target.Fill((float)(settings.LabelSmoothing / classes));
            target[row.Label] += (float)(1 - settings.LabelSmoothing);
        }

        return targets;
    }

    /// <summary>Mixup (Zhang et al. 2018): each example blended with another of its batch, pixels and weighted labels by the same share.</summary>
    private (Tensor Input, Tensor Targets) Blend(Tensor input, Tensor targets, Address draw)
    {
        var count = (int)input.shape[0];
        var partners = tensor(draw.At("partner").Permutation(count).Select(i => (long)i).ToArray()).to(compute.Device);
        var shares = tensor(Enumerable.Range(0, count).Select(i => (float)draw.At("share").At(i).Beta(settings.Mixup)).ToArray()).to(compute.Device);
        return (Mixed(input, [count, 1, 1, 1]), Mixed(targets, [count, 1]));

        Tensor Mixed(Tensor own, long[] shape)
        {
            var other = own.index_select(0, partners);
            return other.PlusProduct(shares.view(shape), own.Minus(other));
        }
    }

    private double Rate(long position) =>
        settings.LearningRate * adjustments.LearningRateFactor(position) * (settings.Schedule == "cosine" ? Schedules.Cosine(position, Length) : 1);

    private void KeepIfBest()
    {
        var loss = Metrics.LogLoss(Evaluator.Predict(averaged ?? network, validation));
        if (loss < bestLoss)
        {
            bestLoss = loss;
            best?.Dispose();
            best = new SafeTensors();
            Weights.Save(averaged ?? network, best);
        }
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"The training is at step {Position} of {Length}.");
        }

        var final = averaged ?? network;
        if (best is not null)
        {
            Weights.Load(final, best, "best weights");
        }

        var predictions = Evaluator.Predict(final, validation);
        var file = new TrainedClassifier(final, mix.Images.Labels, mix.Prior).ToBytes();
        return WorkResult.Of(
            [("weights", file), ("curve", curve.ToBytes()), ("predictions", predictions.ToBytes())],
            Metrics.Of(predictions).Figures());
    }

    public byte[] Checkpoint()
    {
        using var scope = NewDisposeScope();
        using var file = new SafeTensors();
        Weights.Save(network, file, "network.");
        if (averaged is not null)
        {
            Weights.Save(averaged, file, "average.");
        }

        foreach (var (name, value) in best?.Tensors ?? [])
        {
            file.Add("best." + name, value);
        }

        optimizer.Save(file, "adam.");
        file.Add("curve", tensor(curve.ToBytes()));
        file.Add("recent-losses", tensor(guard.Recent.ToArray()));
        file.Add("numbers", tensor(new[] { lossSum, lossCount, lastLoss, bestLoss }));
        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    private void Restore(byte[] checkpoint)
    {
        using var file = SafeTensors.Read(checkpoint, "checkpoint");
        Weights.Load(network, file, "checkpoint", "network.");
        if (averaged is not null)
        {
            Weights.Load(averaged, file, "checkpoint", "average.");
        }

        if (file.Tensors.Keys.Any(k => k.StartsWith("best.", StringComparison.Ordinal)))
        {
            best = new SafeTensors();
            foreach (var (name, value) in file.Tensors.Where(t => t.Key.StartsWith("best.", StringComparison.Ordinal)))
            {
                best.Add(name["best.".Length..], value);
            }
        }

        optimizer.Load(file, "adam.");
        curve = Curve.Read(file["curve"].bytes);
        guard.Restore(file["recent-losses"].data<double>().ToArray());
        var numbers = file["numbers"].data<double>().ToArray();
        (lossSum, lossCount, lastLoss, bestLoss) = (numbers[0], (long)numbers[1], numbers[2], numbers[3]);
        Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        best?.Dispose();
        optimizer.Dispose();
        averaged?.Dispose();
        network.Dispose();
    }
}
