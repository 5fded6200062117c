using TorchSharp;

namespace Fer.Models.Training;

/// <summary>Numbers' width in the networks' convolutions; weights and optimiser states are always fp32.</summary>
public enum Precision
{
    Fp32,
    Bf16,
}

/// <summary>Where and how a piece of work computes. Part of the run's fingerprint.</summary>
/// <param name="Device">torch's device, <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Precision">Width of numbers in convolutions.</param>
public sealed record Compute(torch.Device Device, Precision Precision)
{
    public static Compute Cpu { get; } = new(torch.CPU, Precision.Fp32);
}
