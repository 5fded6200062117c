using System.Globalization;
using System.Text;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Gives a generator a start before adversarial training, without a critic. A unit is one generator step on a batch of
/// one class; classes take turns. Makes the files <c>gan</c>, the initial state of the first <see cref="GanTraining"/>, and
/// <c>curve</c>.
/// </summary>
public sealed class WarmUp : IWork
{
    private readonly GanSettings settings;
    private readonly Compute compute;
    private readonly Adjustments adjustments;
    private readonly ImageSet real;
    private readonly bool conditional;
    private readonly int[][] pools;
    private readonly GanState state;
    private readonly IWarmUpLoss loss;
    private readonly Address address;
    private readonly Curve curve;
    private readonly long every;
    private double latest;

    /// <param name="settings"><see cref="GanSettings.WarmUp"/> must not be <c>off</c>.</param>
    /// <param name="real">Training images.</param>
    /// <param name="onlyClass">The label of the one class, exactly when <see cref="GanSettings.Kind"/> is <c>per-class</c>.</param>
    /// <param name="seed">The GAN's seed; first weights are the same as those of training without a warm-up.</param>
    /// <param name="weights">Content of the file <see cref="GanSettings.WarmUpWeights"/>; null where none is set.</param>
    /// <param name="compute">Where and how to compute.</param>
    /// <param name="adjustments">What supervision changed. Means and covariances are those of a whole batch: with them, micro-batches are refused with <see cref="NotSupportedException"/>.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public WarmUp(GanSettings settings, ImageSet real, int? onlyClass, long seed, byte[]? weights, Compute compute, Adjustments adjustments, byte[]? checkpoint)
    {
        if (settings.WarmUp == "moments" && adjustments.Items.Any(a => a.MicroBatchFactor != 1))
        {
            throw new NotSupportedException("gan.warm-up is moments, which looks at the whole batch: a batch cannot be cut into smaller ones.");
        }

        this.settings = settings;
        this.real = real = InstanceSelection.Densest(real, settings.Instances, onlyClass);
        this.compute = compute;
        this.adjustments = adjustments;
        conditional = onlyClass is null;
        address = Address.Of(seed).At("warm-up");
        pools = [.. Enumerable.Range(0, real.Labels.Count).Where(c => onlyClass is null || c == onlyClass).Select(real.IndicesOf).Where(p => p.Length > 0)];
        if (pools.Length == 0)
        {
            throw new BadInputException("There is no training image for the GAN's warm-up.");
        }

        every = Math.Max(1, settings.WarmUpSteps / 500);
        curve = new Curve("loss");
        loss = settings.WarmUp switch
        {
            "moments" => new MomentsLoss(real, pools.Select(p => real.Rows[p[0]].Label), compute),
            "perceptual" => new PerceptualLoss(settings, real.Channels, weights, address.At("features"), compute),
            _ => throw new ArgumentException($"gan.warm-up is {settings.WarmUp}: there is nothing to do.", nameof(settings)),
        };
        state = new GanState(settings, real, onlyClass, seed, compute);
        if (checkpoint is null)
        {
            return;
        }

        using var file = SafeTensors.Read(checkpoint, "The checkpoint");
        state.Load(file, "The checkpoint");
        Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
        latest = double.Parse(file.Metadata["latest"], CultureInfo.InvariantCulture);
        curve = Curve.Read(Encoding.UTF8.GetBytes(file.Metadata["curve"]));
    }

    public string Unit => "steps";

    public long Position { get; private set; }

    public long Length => settings.WarmUpSteps;

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["loss"] = latest, ["images"] = Position * settings.BatchSize };

    public bool CanSplitBatches => settings.WarmUp != "moments";

    public void Advance()
    {
        using var scope = NewDisposeScope();
        var here = address.At(Position);
        var pool = pools[Position % pools.Length];
        var label = real.Rows[pool[0]].Label;
        using var generator = here.At("latents").Generator();
        var latents = randn([settings.BatchSize, settings.Latent], generator: generator).to(compute.Device);
        var labels = tensor(Enumerable.Repeat(conditional ? (long)label : 0, settings.BatchSize).ToArray()).to(compute.Device);
        var draw = here.At("images");
        var images = real.Batch([.. Enumerable.Range(0, settings.BatchSize).Select(i => pool[(int)(draw.Bits(i) % (ulong)pool.Length)])]).to(compute.Device);
        latest = 0;
        Tensor? gradient = null;
        foreach (var (from, count) in MicroBatch.Cut(settings.BatchSize, adjustments.MicroBatches(Position)))
        {
            using var inner = NewDisposeScope();
            var part = (double)count / settings.BatchSize;
            var value = loss.Loss(state.Generator.call(latents.narrow(0, from, count), labels.narrow(0, from, count)), images.narrow(0, from, count), label);
            latest += value.ToNumber() * part;
            gradient = MicroBatch.Add(gradient, state.GeneratorAdam.Gradient(value.TimesNumber(part)));
        }

        if (!double.IsFinite(latest))
        {
            throw new NonFiniteLossException("warm-up loss", latest, Position);
        }

        var norm = gradient!.norm().ToNumber();
        if (!double.IsFinite(norm))
        {
            throw new NonFiniteLossException("warm-up gradient", norm, Position);
        }

        state.GeneratorAdam.Step(gradient, settings.GeneratorLearningRate * adjustments.LearningRateFactor(Position));
        Position++;
        if (Position % every == 0 || Done)
        {
            curve.Add(Position, latest);
        }
    }

    public byte[] Checkpoint()
    {
        using var file = new SafeTensors();
        state.Save(file);
        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        file.Metadata["latest"] = latest.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["curve"] = Encoding.UTF8.GetString(curve.ToBytes());
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"The warm-up is at step {Position} of {Length}.");
        }

        state.StartTraining();
        return WorkResult.Of([("gan", state.ToBytes()), ("curve", curve.ToBytes())], [("loss", latest)]);
    }

    public void Dispose()
    {
        loss.Dispose();
        state.Dispose();
    }
}
