using Fer.Models.Networks;
using Fer.Models.Files;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Adam (Kingma, Ba 2015) over all weights of a network as one vector: gradients of several micro-batches simply add up,
/// the learning rate is an argument, and the state is two vectors and a count that go into a checkpoint.
/// </summary>
public sealed class FlatAdam : IDisposable
{
    private const double Epsilon = 1e-8;
    private readonly double beta1;
    private readonly double beta2;
    private readonly Tensor mean;
    private readonly Tensor square;
    private long steps;

    /// <param name="network">On its device already. Its parameters are taken in the order of their names' registration.</param>
    /// <param name="beta1">Decay of the gradient's running mean, 0 … 1.</param>
    /// <param name="beta2">Decay of its square's, 0 … 1.</param>
    public FlatAdam(nn.Module network, double beta1, double beta2)
    {
        this.beta1 = beta1;
        this.beta2 = beta2;
        Parameters = [.. network.parameters()];
        var count = Parameters.Sum(p => p.numel());
        mean = zeros(count, device: Parameters[0].device).DetachFromDisposeScope();
        square = zeros(count, device: Parameters[0].device).DetachFromDisposeScope();
    }

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
        mean.TimesNumber_(beta1).PlusScaled_(gradient, 1 - beta1);
        square.TimesNumber_(beta2).PlusProduct_(gradient, gradient, 1 - beta2);
        var root = square.OverNumber(1 - Math.Pow(beta2, steps)).sqrt_().PlusNumber_(Epsilon);
        var change = mean.div(root).TimesNumber_(-learningRate / (1 - Math.Pow(beta1, steps)));
        long at = 0;
        foreach (var parameter in Parameters)
        {
            var count = parameter.numel();
            parameter.add_(change.narrow(0, at, count).view(parameter.shape));
            at += count;
        }
    }

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
