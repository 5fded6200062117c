using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Running average of a network's weights and buffers in a second network of the same kind: after step t (from 0) it is
/// d·average + (1 − d)·weights with d = min(decay, (1 + t) / (10 + t)), so the first, poor weights are soon forgotten.
/// </summary>
public sealed class WeightAverage
{
    private readonly (Tensor Average, Tensor Current)[] pairs;
    private readonly double decay;

    /// <summary>Starts from the weights as they are. Both networks must already be on their device.</summary>
    public WeightAverage(nn.Module average, nn.Module current, double decay)
    {
        this.decay = decay;
        var state = current.state_dict();
        pairs = [.. average.state_dict().Select(entry => (entry.Value, state[entry.Key]))];
        using var quiet = no_grad();
        foreach (var (to, from) in pairs)
        {
            to.copy_(from);
        }
    }

    public void Update(long step)
    {
        var keep = Math.Min(decay, (1.0 + step) / (10.0 + step));
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (to, from) in pairs)
        {
            to.lerp_(from, 1 - keep);
        }
    }
}
