using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>The objective of WGAN-GP (Gulrajani et al. 2017).</summary>
public static class Wasserstein
{
    /// <summary>
    /// The critic's loss, mean D(fake) − mean D(real) + weight · penalty, with its parts (scalars that carry the graph).
    /// <c>Distance</c> is mean D(real) − mean D(fake), the critic's estimate of the distance between the two.
    /// </summary>
    /// <param name="critic">Called on real and fake images, and on mixtures of both.</param>
    /// <param name="real"><c>[B, C, S, S]</c> in [−1, 1].</param>
    /// <param name="fake">As <paramref name="real"/>, without a graph.</param>
    /// <param name="labels">Classes of both, <c>[B]</c>.</param>
    /// <param name="share">Share of the real image in each mixture, <c>[B, 1, 1, 1]</c> in [0, 1).</param>
    /// <param name="weight">Weight of the penalty, 10 in the paper.</param>
    public static (Tensor Loss, Tensor Distance, Tensor Penalty) CriticLoss(CriticNetwork critic, Tensor real, Tensor fake, Tensor labels, Tensor share, double weight)
    {
        Tensor onReal, onFake;
        if (critic.HasBatchStatistics)
        {
            onReal = critic.call(real, labels);
            onFake = critic.call(fake, labels);
        }
        else
        {
            var half = real.shape[0];
            var scores = critic.call(cat([real, fake], 0), cat([labels, labels], 0));
            onReal = scores.narrow(0, 0, half);
            onFake = scores.narrow(0, half, half);
        }

        var distance = onReal.mean() - onFake.mean();
        var penalty = GradientPenalty(critic, real, fake, labels, share);
        return (penalty.TimesNumber(weight) - distance, distance, penalty);
    }

    /// <summary>Mean over the batch of (‖∇D(x̂)‖₂ − 1)² at x̂ = ε·real + (1 − ε)·fake; differentiable once more.</summary>
    public static Tensor GradientPenalty(CriticNetwork critic, Tensor real, Tensor fake, Tensor labels, Tensor share)
    {
        var gradient = critic.InputGradient(lerp(fake, real, share), labels);
        // torch's norm, unlike a square root written out, has a finite second gradient at zero.
        return gradient.flatten(1).norm(1, false, 2f).PlusNumber(-1).Squared().mean();
    }

    /// <summary>The generator's loss: −mean D(fake).</summary>
    public static Tensor GeneratorLoss(CriticNetwork critic, Tensor fake, Tensor labels) => critic.call(fake, labels).mean().neg();
}
