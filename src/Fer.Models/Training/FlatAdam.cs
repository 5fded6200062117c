using Fer.Models.Networks;
using Fer.Models.Files;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Adam (Kingma, Ba 2015) over all weights of a network as one vector: gradients of several micro-batches simply add up,
/// the learning rate is an argument, and the state is two vectors and a count that go into a checkpoint. Torch's own
/// optimisers make numbers that a garbage collection may take from under them (<see cref="Numbers"/>).
/// </summary>
public sealed class FlatAdam : IDisposable
{
    private const double Epsilon = 1e-8;
    private readonly double beta1;
    private readonly double beta2;
    private readonly double weightDecay;
    private readonly bool decoupled;
    private readonly Tensor mean;
    private readonly Tensor square;
    private long steps;

    /// <param name="network">On its device already. Its parameters are taken in the order of their names' registration.</param>
    /// <param name="beta1">Decay of the gradient's running mean, 0 … 1.</param>
    /// <param name="beta2">Decay of its square's, 0 … 1.</param>
    /// <param name="weightDecay">Pull of matrices and kernels towards zero; biases and norms' scales are left alone.</param>
    /// <param name="decoupled">
    /// Whether weights shrink by rate · weightDecay beside the step (AdamW, Loshchilov and Hutter 2019), or weightDecay · weights
    /// is added to their gradient (L2).
    /// </param>
    public FlatAdam(nn.Module network, double beta1, double beta2, double weightDecay = 0, bool decoupled = false)
    {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.weightDecay = weightDecay;
        this.decoupled = decoupled;
        Parameters = [.. network.parameters()];
        var count = Parameters.Sum(p => p.numel());
        mean = zeros(count, device: Parameters[0].device).DetachFromDisposeScope();
        square = zeros(count, device: Parameters[0].device).DetachFromDisposeScope();
    }

    /// <summary><c>adamw</c> or <c>adam</c> with betas (0.9, 0.999). Throws <see cref="BadInputException"/> for another name.</summary>
    public static FlatAdam Named(string name, nn.Module network, double weightDecay) => name is "adamw" or "adam"
        ? new FlatAdam(network, 0.9, 0.999, weightDecay, decoupled: name == "adamw")
        : throw new BadInputException($"There is no optimiser '{name}'; expected adamw or adam.");

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>d loss / d weights as one vector, in the caller's dispose scope.</summary>
    public Tensor Gradient(Tensor loss)
    {
        using var scope = NewDisposeScope();
        // By backward, which throws on a native error such as no more memory; autograd.grad ends the process (TorchSharp 0.107).
        loss.backward(inputs: [.. Parameters]);
        var gradient = cat([.. Parameters.Select(p => p.grad?.flatten() ?? zeros(p.numel(), device: p.device))], 0);
        foreach (var parameter in Parameters)
        {
            parameter.grad = null;
        }

        return gradient.MoveToOuterDisposeScope();
    }

    /// <summary>Moves the weights against a gradient that <see cref="Gradient"/> gave, or a sum of such.</summary>
    public void Step(Tensor gradient, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        steps++;
        if (weightDecay > 0 && !decoupled)
        {
            gradient = cat([.. Parameters.Select(Decay)], 0).Plus_(gradient);
        }

        mean.TimesNumber_(beta1).PlusScaled_(gradient, 1 - beta1);
        square.TimesNumber_(beta2).PlusProduct_(gradient, gradient, 1 - beta2);
        var root = square.OverNumber(1 - Math.Pow(beta2, steps)).sqrt_().PlusNumber_(Epsilon);
        var change = mean.div(root).TimesNumber_(-learningRate / (1 - Math.Pow(beta1, steps)));
        long at = 0;
        foreach (var parameter in Parameters)
        {
            var count = parameter.numel();
            if (weightDecay > 0 && decoupled && parameter.dim() >= 2)
            {
                parameter.TimesNumber_(1 - (learningRate * weightDecay));
            }

            parameter.Plus_(change.narrow(0, at, count).view(parameter.shape));
            at += count;
        }
    }

    private Tensor Decay(Parameter parameter) =>
        parameter.dim() >= 2 ? parameter.flatten().TimesNumber(weightDecay) : zeros(parameter.numel(), device: parameter.device);

    /// <summary>Back to the state before the first step.</summary>
    public void Forget()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        mean.zero_();
        square.zero_();
        steps = 0;
    }

    public void Save(SafeTensors file, string prefix)
    {
        file.Add(prefix + "mean", mean).Add(prefix + "square", square);
        file.Metadata[prefix + "steps"] = FormattableString.Invariant($"{steps}");
    }

    /// <summary>Restores what <see cref="Save"/> wrote for an equal network.</summary>
    public void Load(SafeTensors file, string prefix)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        mean.copy_(file[prefix + "mean"]);
        square.copy_(file[prefix + "square"]);
        steps = long.Parse(file.Metadata[prefix + "steps"], System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        mean.Dispose();
        square.Dispose();
    }
}
