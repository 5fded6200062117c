using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Fer.Models.Training;

/// <summary>How a classifier is trained. There is no early stopping: the same number of steps in every arm.</summary>
public sealed record ClassifierSettings
{
    [Description("The network: default (residual, for faces from 32×32) or study (the published study's CNN).")]
    [AllowedValues("default", "study")]
    public string Network { get; init; } = "default";

    [Description("Optimiser steps.")]
    [Range(1, 10_000_000)]
    public int Steps { get; init; } = 2000;

    [Description("Images in a batch.")]
    [Range(2, 4096)]
    public int BatchSize { get; init; } = 64;

    [Description("Learning rate at the first step.")]
    [Range(1e-7, 1.0)]
    public double LearningRate { get; init; } = 0.004;

    [Description("How the learning rate falls: cosine (to zero at the last step) or constant.")]
    [AllowedValues("cosine", "constant")]
    public string Schedule { get; init; } = "cosine";

    [Description("Weight decay of matrices and kernels: decoupled with adamw, added to the gradient with adam.")]
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; } = 0.05;

    [Description("Share of a label's probability that is spread over all classes.")]
    [Range(0.0, 0.5)]
    public double LabelSmoothing { get; init; } = 0.1;

    [Description("Mirror every second training image, by chance.")]
    public bool Flip { get; init; } = true;

    [Description("Training images are shifted by up to this many pixels each way, by chance; edges are repeated.")]
    [Range(0, 64)]
    public int Shift { get; init; } = 3;

    [Description("Mixup: images and labels are blended in pairs by shares drawn from Beta(a, a); 0: off. In every arm.")]
    [Range(0.0, 1.0)]
    public double Mixup { get; init; }

    [Description("Decay per step of the running average of the weights that is kept in the end; 0 keeps the weights themselves.")]
    [Range(0.0, 0.99999)]
    public double Average { get; init; } = 0.998;

    [Description("The optimiser: adamw or adam.")]
    [AllowedValues("adamw", "adam")]
    public string Optimizer { get; init; } = "adamw";

    [Description("Which weights are kept: last, or best (lowest validation loss at the end of an epoch, as the study does).")]
    [AllowedValues("last", "best")]
    public string Keep { get; init; } = "last";
}
