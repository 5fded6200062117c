using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Fer.Models.Training;

/// <summary>How GANs are built, warmed up and trained (HOCON <c>gan</c>).</summary>
public sealed record GanSettings
{
    [Description("One GAN for all classes that is told the class, or one GAN for each class, as the study did.")]
    [AllowedValues("conditional", "per-class")]
    public string Kind { get; init; } = "conditional";

    [Description("The generator's network: ours, or the study's, which if conditional is told the class by a learned vector beside the latent.")]
    [AllowedValues("default", "study")]
    public string Generator { get; init; } = "default";

    [Description("The critic's network: ours, the study's made right (no batch norm, no sigmoid), or the study's as it was, per-class only.")]
    [AllowedValues("default", "correct", "study")]
    public string Critic { get; init; } = "default";

    [Description("Channels of the default networks at full image size; cost grows with its square.")]
    [Range(8, 256)]
    public int Width { get; init; } = 24;

    [Description("Length of a latent vector.")]
    [Range(2, 1024)]
    public int Latent { get; init; } = 64;

    [Description("Generator steps in each round of the loop.")]
    [Range(1, 10_000_000)]
    public int StepsPerRound { get; init; } = 4000;

    [Description("Real images in a critic step, and generated images in a generator step.")]
    [Range(2, 4096)]
    public int BatchSize { get; init; } = 64;

    [Description("Critic steps for each generator step; the paper and the study take 5.")]
    [Range(1, 100)]
    public int CriticSteps { get; init; } = 2;

    [Description("Weight of the gradient penalty.")]
    [Range(0.0, 1000.0)]
    public double PenaltyWeight { get; init; } = 10;

    [Description("Adam's learning rate for the generator; the study took 3e-4.")]
    [Range(1e-7, 1.0)]
    public double GeneratorLearningRate { get; init; } = 5e-4;

    [Description("Adam's learning rate for the critic; the study took 1e-4.")]
    [Range(1e-7, 1.0)]
    public double CriticLearningRate { get; init; } = 5e-4;

    [Description("Decay of Adam's running mean of the gradient; the study took 0.5.")]
    [Range(0.0, 0.9999)]
    public double Beta1 { get; init; }

    [Description("Decay of Adam's running mean of the squared gradient.")]
    [Range(0.0, 0.99999)]
    public double Beta2 { get; init; } = 0.99;

    [Description("Decay of the running average of the generator's weights, from which images are drawn; 0 draws from the latest weights.")]
    [Range(0.0, 0.99999)]
    public double Average { get; init; } = 0.995;

    [Description("Show the critic half of the real images mirrored.")]
    public bool Flip { get; init; } = true;

    [Description("Give every class an equal share of each batch; off: as the faces come.")]
    public bool Balance { get; init; } = true;

    [OmittedAt(1.0)]
    [Description("Share of each class's training faces that the GAN learns from: those that most others of their class are like, in contrast-normalised 16×16 pixels; the rest is left out, but a class of fewer than 10 different faces stays whole. 1: all of them.")]
    [Range(0.1, 1.0)]
    public double Instances { get; init; } = 1;

    [Description("Share of each batch of real images that kept images may take: none, a quarter, or kept and real ones pooled (the study's way).")]
    [AllowedValues("0", "0.25", "all")]
    public string Feedback { get; init; } = "0";

    [OmittedAt(0.0)]
    [Description("Feedback ends, for the rounds that are left, when the recall of what is drawn falls by this share against the round before; 0: never. Recall is that of real faces no generator has learned from, in contrast-normalised pixels, with a judge or without.")]
    [Range(0.0, 1.0)]
    public double FeedbackStop { get; init; }

    [OmittedAt(1.0)]
    [Description("What latents are multiplied by where images are drawn, not in training: below 1 they are surer and more alike, above 1 more varied.")]
    [Range(0.1, 2.0)]
    public double Psi { get; init; } = 1;

    [Description("What the generator is given before adversarial training: nothing, the features of real faces (perceptual), or their means and covariances by class (moments).")]
    [AllowedValues("off", "perceptual", "moments")]
    public string WarmUp { get; init; } = "off";

    [Description("Generator steps of warm-up.")]
    [Range(1, 1_000_000)]
    public int WarmUpSteps { get; init; } = 200;

    [Description("VGG19 weights for the perceptual warm-up, a .pt state dict or a .safetensors file; empty: a fixed network of random features instead.")]
    public string WarmUpWeights { get; init; } = "";

    [Description("Normalise images as ImageNet's were before VGG19 sees them; the study did not.")]
    public bool WarmUpNormalise { get; init; }

    /// <summary>Refuses settings that contradict each other, with a <see cref="BadInputException"/> that names the keys.</summary>
    public void Check()
    {
        if (Kind == "conditional" && Critic == "study")
        {
            throw new BadInputException("fer.gan.critic is study, which knows no classes, and fer.gan.kind is conditional: expected fer.gan.kind = per-class, or fer.gan.critic = default or correct.");
        }

        if (Width % 8 != 0)
        {
            throw new BadInputException($"fer.gan.width is {Width}: expected a multiple of 8.");
        }
    }
}
