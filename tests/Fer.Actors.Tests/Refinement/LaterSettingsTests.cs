using System.Reflection;
using System.Text.Json;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Evaluation;
using Fer.Models.Generators;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Refinement;

/// <summary>Settings that came later than recorded runs: where nobody asks for them, every step is the one it was.</summary>
public sealed class LaterSettingsTests
{
    private static readonly RefinementSettings Default = new();

    public static TheoryData<string> Later => [.. AllOf(Default).Where(p => p.Property.IsDefined(typeof(OmittedAtAttribute))).Select(p => p.Property.Name)];

    [Theory]
    [MemberData(nameof(Later))]
    public void A_later_setting_is_not_written_at_its_default(string name)
    {
        var (record, property) = AllOf(Default).Single(p => p.Property.Name == name && p.Property.IsDefined(typeof(OmittedAtAttribute)));

        Assert.Equal(property.GetCustomAttribute<OmittedAtAttribute>()!.Value, property.GetValue(record));
        Assert.DoesNotContain($"\"{name}\"", JsonSerializer.Serialize(record, record.GetType(), Json.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_setting_is_written_and_read_where_it_is_asked_for()
    {
        var settings = Default with { Filter = Default.Filter with { Pool = 3, Fresh = "on" }, Gan = Default.Gan with { Instances = 0.75, Psi = 0.7 }, Loop = Default.Loop with { SyntheticShare = 0.25 }, Data = Default.Data with { Pool = true, Twins = "as-they-come" } };

        var read = Json.Read<RefinementSettings>(Json.Write(settings));
        Assert.Equal((settings.Filter, settings.Gan, settings.Loop.SyntheticShare), (read.Filter, read.Gan, read.Loop.SyntheticShare));
        Assert.Equal((true, "as-they-come"), (read.Data.Pool, read.Data.Twins));
    }

    // As version 0.2 wrote them.
    [Fact]
    public void Steps_of_recorded_runs_have_the_settings_that_they_had()
    {
        Assert.Equal("""{"Filter":{"Rule":"quantile","Quantile":0.3,"NearCopyQuantile":0.001,"Target":"balance","Pool":1,"Realism":"off","MaxDrawsPerKept":20,"Teacher":"real-only","CrossFit":3}}""", Json.Write(new FilterStep(new FilterSettings())));
        Assert.Equal("""{"Request":{"Class":"sad","Target":1,"Cap":20,"Seed":7,"BatchSize":64,"IdPrefix":"gan-sad-r1-","Pool":1}}""", Json.Write(new SampleStep(new SampleRequest("sad", 1, 20, 7, 64, "gan-sad-r1-"))));
        Assert.Equal(
            """{"Kind":"conditional","Generator":"default","Critic":"default","Width":24,"Latent":64,"StepsPerRound":4000,"BatchSize":64,"CriticSteps":2,"PenaltyWeight":10,"GeneratorLearningRate":0.0005,"CriticLearningRate":0.0005,"Beta1":0,"Beta2":0.99,"Average":0.995,"Flip":true,"Balance":true,"Feedback":"0","WarmUp":"off","WarmUpSteps":200,"WarmUpWeights":"","WarmUpNormalise":false}""",
            Json.Write(new GanSettings()));
        Assert.Equal(
            """{"Classifier":{"Network":"default","Steps":2000,"BatchSize":64,"LearningRate":0.004,"Schedule":"cosine","WeightDecay":0.05,"LabelSmoothing":0.1,"Flip":true,"Shift":3,"Mixup":0,"Average":0.998,"Optimizer":"adamw","Keep":"last"},"Sampling":"natural","SyntheticWeight":1}""",
            Json.Write(new ClassifierStep(new ClassifierSettings(), "natural", 1)));
        Assert.Equal("""{"Images":5000}""", Json.Write(new QualityStep(5000)));
    }

    private static IEnumerable<(object Record, PropertyInfo Property)> AllOf(RefinementSettings settings) =>
        new object[] { settings.Data, settings.Classifier, settings.Gan, settings.Filter, settings.Loop }.SelectMany(r => r.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => (r, p)));
}
