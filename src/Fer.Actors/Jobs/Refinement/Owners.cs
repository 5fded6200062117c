using Fer.Actors.Runs;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>Owns the GANs of a run: warm-up and adversarial training.</summary>
public sealed class GeneratorActor(StepOwnerSetup setup) : StepOwner(setup)
{
    protected override string Describe(StepSpec step) => $"{step.Name}: trains a generator";
}

/// <summary>Owns the filter of a run: fits it to real faces, draws candidates and keeps what it vouches for.</summary>
public sealed class ClassifierFilterActor(StepOwnerSetup setup) : StepOwner(setup)
{
    protected override string Describe(StepSpec step) => $"{step.Name}: {(step.Kind == StepKinds.Sample ? "draws and filters" : "fits the filter")}";
}

/// <summary>Owns the classifiers of a run: the arms, each round's retraining, and every comparison between them.</summary>
public sealed class TrainerActor(StepOwnerSetup setup) : StepOwner(setup)
{
    protected override string Describe(StepSpec step) => $"{step.Name}: {(step.Kind == StepKinds.Classifier ? "trains a classifier" : "compares classifiers")}";
}
