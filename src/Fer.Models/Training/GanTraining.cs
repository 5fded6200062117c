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
/// Adversarial training by WGAN-GP (Gulrajani et al. 2017) for one round. A unit is one generator step with the critic
/// steps before it. Every draw stands at an address below (seed, global step), and the global step goes on over rounds.
/// Makes the files <c>gan</c> (all that the next round goes on from), <c>generator</c> (averaged weights, to draw images
/// with) and <c>curve</c>.
/// </summary>
public sealed class GanTraining : IWork
{
    /// <summary>A Wasserstein loss has no unit; one this far from zero has left every path that training comes back from.</summary>
    private const double Exploded = 1e5;

    private readonly GanSettings settings;
    private readonly Compute compute;
    private readonly Adjustments adjustments;
    private readonly GanState state;
    private readonly GanBatches batches;
    private readonly Address address;
    private readonly long start;
    private readonly Curve curve;
    private readonly long every;
    private GanFigures latest;

    /// <param name="settings">Networks, objective and optimisers.</param>
    /// <param name="real">Training images.</param>
    /// <param name="kept">Kept generated images of earlier rounds; how many are shown is <see cref="GanSettings.Feedback"/>.</param>
    /// <param name="onlyClass">The label of the one class, exactly when <see cref="GanSettings.Kind"/> is <c>per-class</c>.</param>
    /// <param name="seed">The GAN's seed, the same in all rounds.</param>
    /// <param name="startStep">Generator steps done in the rounds before.</param>
    /// <param name="initialState">The <c>gan</c> file of the round before or of a warm-up; null draws first weights.</param>
    /// <param name="compute">Where and how to compute.</param>
    /// <param name="adjustments">What supervision changed. Micro-batches are refused with <see cref="NotSupportedException"/> for a critic with batch statistics.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public GanTraining(GanSettings settings, ImageSet real, ImageSet? kept, int? onlyClass, long seed, long startStep, byte[]? initialState, Compute compute, Adjustments adjustments, byte[]? checkpoint)
    {
        this.settings = settings;
        this.compute = compute;
        this.adjustments = adjustments;
        address = Address.Of(seed).At("gan");
        start = startStep;
        every = Math.Max(1, settings.StepsPerRound / 500);
        batches = new GanBatches(settings, real, kept, onlyClass);
        state = new GanState(settings, real, onlyClass, seed, compute);
        try
        {
            if (state.Critic.HasBatchStatistics && adjustments.Items.Any(a => a.MicroBatchFactor != 1))
            {
                throw new NotSupportedException($"gan.critic is {settings.Critic}, whose scores depend on the whole batch: a batch cannot be cut into smaller ones.");
            }

            curve = new Curve("critic", "generator", "penalty", "distance");
            if (checkpoint is not null)
            {
                using var file = SafeTensors.Read(checkpoint, "The checkpoint");
                state.Load(file, "The checkpoint");
                curve = Curve.Read(Encoding.UTF8.GetBytes(file.Metadata["curve"]));
                latest = GanFigures.Read(file.Metadata["latest"]);
            }
            else if (initialState is not null)
            {
                using var file = SafeTensors.Read(initialState, "The GAN's state");
                state.Load(file, "The GAN's state");
            }

            if (checkpoint is null && state.Step != startStep)
            {
                throw new ArgumentException($"The GAN's state is at step {state.Step}, the round starts at {startStep}.", nameof(startStep));
            }
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    public string Unit => "steps";

    public long Position => state.Step - start;

    public long Length => settings.StepsPerRound;

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double>
    {
        ["critic"] = latest.Critic,
        ["generator"] = latest.Generator,
        ["penalty"] = latest.Penalty,
        ["distance"] = latest.Distance,
        ["images"] = Position * settings.CriticSteps * settings.BatchSize,
    };

    public bool CanSplitBatches => !state.Critic.HasBatchStatistics;

    public void Advance()
    {
        using var scope = NewDisposeScope();
        var here = address.At(state.Step);
        var rate = adjustments.LearningRateFactor(Position);
        var pieces = adjustments.MicroBatches(Position);
        var sum = default(GanFigures);
        for (var k = 0; k < settings.CriticSteps; k++)
        {
            sum = sum.Plus(CriticStep(here.At("critic").At(k), rate, pieces), 1.0 / settings.CriticSteps);
        }

        latest = sum with { Generator = GeneratorStep(here.At("generator"), rate, pieces) };
        state.Stepped();
        if (Position % every == 0 || Done)
        {
            curve.Add(state.Step, latest.Critic, latest.Generator, latest.Penalty, latest.Distance);
        }
    }

    private GanFigures CriticStep(Address here, double rate, int pieces)
    {
        using var scope = NewDisposeScope();
        var chosen = batches.Classes(here.At("classes"));
        var labels = batches.Labels(chosen).to(compute.Device);
        var real = batches.Images(chosen, here.At("images")).to(compute.Device);
        var latents = Latents(here.At("latents"));
        using var generator = here.At("mixing").Generator();
        var share = rand([settings.BatchSize, 1, 1, 1], generator: generator).to(compute.Device);
        var figures = default(GanFigures);
        Tensor? gradient = null;
        foreach (var (from, count) in MicroBatch.Cut(settings.BatchSize, pieces))
        {
            using var inner = NewDisposeScope();
            var classes = labels.narrow(0, from, count);
            Tensor fake;
            using (no_grad())
            {
                fake = state.Generator.call(latents.narrow(0, from, count), classes);
            }

            var part = (double)count / settings.BatchSize;
            var (loss, distance, penalty) = Wasserstein.CriticLoss(state.Critic, real.narrow(0, from, count), fake, classes, share.narrow(0, from, count), settings.PenaltyWeight);
            figures = figures.Plus(new GanFigures(loss.ToNumber(), 0, penalty.ToNumber(), distance.ToNumber()), part);
            gradient = MicroBatch.Add(gradient, state.CriticAdam.Gradient(loss.TimesNumber(part)));
        }

        Watch("critic loss", figures.Critic);
        Watch("critic gradient", gradient!);
        state.CriticAdam.Step(gradient!, settings.CriticLearningRate * rate);
        return figures;
    }

    private double GeneratorStep(Address here, double rate, int pieces)
    {
        using var scope = NewDisposeScope();
        var labels = batches.Labels(batches.Classes(here.At("classes"))).to(compute.Device);
        var latents = Latents(here.At("latents"));
        var total = 0.0;
        Tensor? gradient = null;
        foreach (var (from, count) in MicroBatch.Cut(settings.BatchSize, pieces))
        {
            using var inner = NewDisposeScope();
            var classes = labels.narrow(0, from, count);
            var part = (double)count / settings.BatchSize;
            var loss = Wasserstein.GeneratorLoss(state.Critic, state.Generator.call(latents.narrow(0, from, count), classes), classes);
            total += loss.ToNumber() * part;
            gradient = MicroBatch.Add(gradient, state.GeneratorAdam.Gradient(loss.TimesNumber(part)));
        }

        Watch("generator loss", total);
        Watch("generator gradient", gradient!);
        state.GeneratorAdam.Step(gradient!, settings.GeneratorLearningRate * rate);
        return total;
    }

    private Tensor Latents(Address here)
    {
        using var generator = here.Generator();
        return randn([settings.BatchSize, settings.Latent], generator: generator).to(compute.Device);
    }

    private void Watch(string name, double loss)
    {
        if (!double.IsFinite(loss) || Math.Abs(loss) > Exploded)
        {
            throw new NonFiniteLossException(name, loss, Position);
        }
    }

    // Before it touches the weights: what has reached them, no step back brings out of a state that was handed on.
    private void Watch(string name, Tensor gradient)
    {
        var norm = gradient.norm().ToNumber();
        if (!double.IsFinite(norm))
        {
            throw new NonFiniteLossException(name, norm, Position);
        }
    }

    public byte[] Checkpoint()
    {
        using var file = new SafeTensors();
        state.Save(file);
        file.Metadata["curve"] = Encoding.UTF8.GetString(curve.ToBytes());
        file.Metadata["latest"] = latest.ToString();
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"GAN training is at step {Position} of {Length}.");
        }

        return WorkResult.Of(
            [("gan", state.ToBytes()), ("generator", state.GeneratorFile()), ("curve", curve.ToBytes())],
            [("critic", latest.Critic), ("generator", latest.Generator), ("penalty", latest.Penalty), ("distance", latest.Distance), ("step", state.Step)]);
    }

    public void Dispose() => state.Dispose();
}

/// <summary>Losses of one unit: means over its critic steps, and the generator's.</summary>
internal readonly record struct GanFigures(double Critic, double Generator, double Penalty, double Distance)
{
    public GanFigures Plus(GanFigures other, double weight) => new(Critic + weight * other.Critic, Generator + weight * other.Generator, Penalty + weight * other.Penalty, Distance + weight * other.Distance);

    public override string ToString() => string.Join(' ', new[] { Critic, Generator, Penalty, Distance }.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    public static GanFigures Read(string text)
    {
        var values = text.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
        return new GanFigures(values[0], values[1], values[2], values[3]);
    }
}
