using System.Collections;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Commands;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Settings;

public class ConfFileTests
{
    private static readonly Hashtable NoEnvironment = [];

    public static TheoryData<string> Shipped => [.. Directory.EnumerateFiles(Configs.Shipped, "*.conf").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_reference_names_every_setting_with_its_meaning_and_default()
    {
        var expected = ReferenceText.Write();
        if (Environment.GetEnvironmentVariable("FER_WRITE_REFERENCE") is { Length: > 0 } file)
        {
            File.WriteAllText(file, expected);
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(file)!, "sweep-reference.conf"), ReferenceText.WriteSweep());
            return;
        }

        Assert.Equal(expected, File.ReadAllText(Path.Combine(Configs.Shipped, "reference.conf")).ReplaceLineEndings("\n"));
        Assert.Equal(ReferenceText.WriteSweep(), File.ReadAllText(Path.Combine(Configs.Shipped, "sweep-reference.conf")).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_reference_is_read_back_as_the_defaults()
    {
        var read = FerConfig.Load(Path.Combine(Configs.Shipped, "reference.conf"), [], NoEnvironment);

        Assert.Equal(SettingsText.Lines(new FerSettings()), SettingsText.Lines(read));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Every_configuration_that_is_shipped_is_right(string file)
    {
        var path = Path.Combine(Configs.Shipped, file);
        var settings = file.StartsWith("sweep", StringComparison.Ordinal) ? SweepFile.Load(path, [], Configs.Find).Settings : FerConfig.Load(path, [], NoEnvironment);

        Assert.True(settings.Job.Loop.Rounds >= 1);
    }

    [Fact]
    public void The_demo_has_two_rounds_and_several_seeds()
    {
        var loop = FerConfig.Load(Configs.Find("demo"), [], NoEnvironment).Job.Loop;

        Assert.True(loop is { Rounds: >= 2, Seeds: >= 2 });
    }

    [Fact]
    public void The_study_s_configuration_is_the_study_s_protocol()
    {
        RefinementSettings job = FerConfig.Load(Configs.Find("fer2013-study"), [], NoEnvironment).Job;

        Assert.Equal(["fear", "angry", "happy", "sad", "neutral"], job.Data.Classes);
        Assert.Equal((32, 64, "per-class", "study", "study", "study"), (job.Data.ImageSize, job.Gan.BatchSize, job.Gan.Kind, job.Gan.Generator, job.Gan.Critic, job.Classifier.Network));
        Assert.Equal((3e-4, 1e-4, 0.5, 0.99, 5, 10.0), (job.Gan.GeneratorLearningRate, job.Gan.CriticLearningRate, job.Gan.Beta1, job.Gan.Beta2, job.Gan.CriticSteps, job.Gan.PenaltyWeight));
    }
}
