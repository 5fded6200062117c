using System.Collections.Immutable;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;

namespace Fer.Models.Classifiers;

/// <summary>Classifiers by name.</summary>
public static class ClassifierFactory
{
    public const string Study = "study";

    public const string Default = "default";

    /// <summary>Measures generated faces (<see cref="JudgeNet"/>); trained for nothing else, so it is not offered for arms.</summary>
    public const string Judge = "judge";

    /// <summary>Checks what a filter kept (<see cref="AuditorNet"/>); trained for nothing else, so it is not offered for arms.</summary>
    public const string Auditor = "auditor";

    /// <summary>Those that a user may choose for what generates, filters and is compared.</summary>
    public static ImmutableArray<string> Names { get; } = [Default, Study];

    /// <summary>
    /// A network of that shape with its first weights drawn at <paramref name="address"/>: the same address gives the same weights
    /// on every device. On the CPU; move it before an optimiser is made. Throws <see cref="BadInputException"/> for an unknown name
    /// or a size that the network cannot take.
    /// </summary>
    public static Classifier Create(ClassifierShape shape, Address address, Precision precision = Precision.Fp32)
    {
        var network = Build(shape, precision);
        Weights.Initialise(network, address);
        return network;
    }

    internal static Classifier Build(ClassifierShape shape, Precision precision)
    {
        var smallest = shape.Network switch
        {
            Study => 4,
            Default or Judge or Auditor => 8,
            _ => throw new BadInputException($"There is no classifier '{shape.Network}'; expected one of {string.Join(", ", Names)}."),
        };
        if (shape.Height < smallest || shape.Width < smallest)
        {
            throw new BadInputException($"The classifier '{shape.Network}' needs images of at least {smallest}×{smallest} pixels, got {shape.Height}×{shape.Width}.");
        }

        if (shape.Classes < 2)
        {
            throw new BadInputException($"A classifier needs at least 2 classes, got {shape.Classes}.");
        }

        return shape.Network switch
        {
            Study => new StudyCnn(shape, precision),
            Judge => new JudgeNet(shape, precision),
            Auditor => new AuditorNet(shape, precision),
            _ => new FerNet(shape, precision),
        };
    }
}
