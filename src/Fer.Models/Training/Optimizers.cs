using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>Optimisers by name, and their state to and from bytes. Made after the network is on its device.</summary>
public static class Optimizers
{
    /// <summary>
    /// <c>adamw</c> (Loshchilov and Hutter 2019) or <c>adam</c>, betas (0.9, 0.999). Weight decay acts on matrices and kernels, not on biases and norms' scales.
    /// </summary>
    public static OptimizerHelper Create(string name, nn.Module network, double learningRate, double weightDecay)
    {
        var all = network.parameters().ToArray();
        Parameter[] matrices = [.. all.Where(p => p.dim() >= 2)];
        Parameter[] vectors = [.. all.Where(p => p.dim() < 2)];
        return name switch
        {
            "adamw" => optim.AdamW(
                [new AdamW.ParamGroup(matrices, learningRate, weight_decay: weightDecay), new AdamW.ParamGroup(vectors, learningRate, weight_decay: 0)], learningRate),
            "adam" => optim.Adam(
                [new Adam.ParamGroup(matrices, learningRate, weight_decay: weightDecay), new Adam.ParamGroup(vectors, learningRate, weight_decay: 0)], learningRate),
            _ => throw new BadInputException($"There is no optimiser '{name}'; expected adamw or adam."),
        };
    }

    public static byte[] Save(OptimizerHelper optimizer)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        optimizer.save_state_dict(writer);
        writer.Flush();
        return stream.ToArray();
    }

    public static void Load(OptimizerHelper optimizer, byte[] state)
    {
        using var reader = new BinaryReader(new MemoryStream(state), Encoding.UTF8);
        optimizer.load_state_dict(reader);
    }
}
