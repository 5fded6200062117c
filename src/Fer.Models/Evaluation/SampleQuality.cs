namespace Fer.Models.Evaluation;

/// <summary>How far a set of pictures is from held-out real faces, in a judge's features.</summary>
public sealed record DistributionDistance(double Frechet, double Kernel, Neighbourhoods Neighbourhoods)
{
    public static DistributionDistance Of(FeatureTable heldOut, FeatureTable pictures) =>
        new(FrechetDistance.Of(heldOut, pictures), KernelDistance.Of(heldOut, pictures), Neighbourhoods.Of(heldOut, pictures));
}

/// <summary>
/// How good a generator's pictures are: their distance from held-out real faces beside the floor, the distance that real
/// training faces have from them at the same N. A perfect generator reaches the floor, not 0.
/// </summary>
public sealed record SampleQuality(int Images, DistributionDistance Fakes, DistributionDistance Floor)
{
    /// <summary>Fréchet distance over the floor.</summary>
    public double FrechetExcess => Fakes.Frechet - Floor.Frechet;

    /// <param name="fakes">8-bit pictures at the real class mix, through the resize that the real faces went through.</param>
    /// <param name="train">As many real faces that the generator learned from.</param>
    /// <param name="heldOut">As many real faces that it never saw.</param>
    public static SampleQuality Of(FeatureTable fakes, FeatureTable train, FeatureTable heldOut)
    {
        if (fakes.Count != heldOut.Count || train.Count != heldOut.Count)
        {
            throw new ArgumentException($"{fakes.Count} fakes, {train.Count} training and {heldOut.Count} held-out faces: a Fréchet distance depends on N, so all three need equally many.");
        }

        return new SampleQuality(heldOut.Count, DistributionDistance.Of(heldOut, fakes), DistributionDistance.Of(heldOut, train));
    }

    /// <summary>The figures by their stable names.</summary>
    public IEnumerable<(string Name, double Value)> Figures() =>
    [
        ("images", Images),
        ("frechet", Fakes.Frechet), ("frechetFloor", Floor.Frechet), ("frechetExcess", FrechetExcess),
        ("kernel", Fakes.Kernel), ("kernelFloor", Floor.Kernel),
        ("density", Fakes.Neighbourhoods.Density), ("densityFloor", Floor.Neighbourhoods.Density),
        ("coverage", Fakes.Neighbourhoods.Coverage), ("coverageFloor", Floor.Neighbourhoods.Coverage),
        ("recall", Fakes.Neighbourhoods.Recall), ("recallFloor", Floor.Neighbourhoods.Recall),
    ];
}
