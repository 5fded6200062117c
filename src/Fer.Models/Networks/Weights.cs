using Fer.Models.Files;
using Fer.Models.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>Weights of a network: first values by address, and to and from tensor files.</summary>
public static class Weights
{
    /// <summary>
    /// Overwrites every weight with a draw at the address of its own name, so a network's first weights depend on nothing
    /// that was built before it. Matrices and kernels: Kaiming-uniform for rectifiers with <paramref name="gain"/>
    /// (He et al. 2015; √2 is theirs); vectors named <c>bias</c>: 0; other vectors (norms' scales): 1.
    /// </summary>
    public static void Initialise(nn.Module network, Address address, double gain = 1.4142135623730951)
    {
        using var quiet = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (parameter.dim() < 2)
            {
                parameter.zero_();
                if (!name.EndsWith("bias", StringComparison.Ordinal))
                {
                    parameter.PlusNumber_(1);
                }

                continue;
            }

            var fanIn = parameter.shape.Skip(1).Aggregate(1L, (a, b) => a * b);
            var bound = gain * Math.Sqrt(3.0 / fanIn);
            using var generator = address.At(name).Generator();
            parameter.copy_(rand(parameter.shape, generator: generator).TimesNumber_(2 * bound).PlusNumber_(-bound));
        }
    }

    /// <summary>Adds parameters and buffers to a file under <paramref name="prefix"/> + their PyTorch-style names.</summary>
    public static void Save(nn.Module network, SafeTensors file, string prefix = "")
    {
        foreach (var (name, tensor) in network.state_dict())
        {
            file.Add(prefix + name, tensor);
        }
    }

    /// <summary>
    /// Copies weights into a network, in place. Every name and shape is checked before the first copy, so a file of another network
    /// leaves this one as it was and ends in a <see cref="BadInputException"/> that names the first difference.
    /// </summary>
    public static void Load(nn.Module network, SafeTensors file, string fileName, string prefix = "")
    {
        var state = network.state_dict();
        foreach (var (name, tensor) in state)
        {
            if (!file.Tensors.TryGetValue(prefix + name, out var stored))
            {
                throw new BadInputException($"{fileName} holds weights of another network: it has no '{prefix}{name}'.");
            }

            if (!stored.shape.SequenceEqual(tensor.shape))
            {
                throw new BadInputException($"{fileName} holds weights of another network: '{prefix}{name}' is [{string.Join(", ", stored.shape)}], expected [{string.Join(", ", tensor.shape)}].");
            }
        }

        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in state)
        {
            tensor.copy_(file.Tensors[prefix + name]);
        }
    }
}
