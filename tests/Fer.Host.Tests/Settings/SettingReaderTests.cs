using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Settings;

public class SettingReaderTests
{
    [Fact]
    public void Every_type_of_setting_is_read()
    {
        var (sample, problems) = Read("""
            steps = 12
            seed = 5000000000
            learning-rate = 1e-4
            flip = true
            name = two words
            every = 90s
            devices = ["cuda:0", cpu:1]
            inner { r1-gamma = 0.5 }
            beside = 7
            """);

        Assert.Empty(problems);
        Assert.Equal((12, 5_000_000_000, 1e-4, true, "two words", TimeSpan.FromSeconds(90)), (sample.Steps, sample.Seed, sample.LearningRate, sample.Flip, sample.Name, sample.Every));
        Assert.Equal(["cuda:0", "cpu:1"], sample.Devices);
        Assert.Equal(0.5, sample.Inner.R1Gamma);
        Assert.Equal(7, sample.Mixed.Beside);
    }

    [Fact]
    public void What_is_not_named_keeps_its_default()
    {
        var (sample, problems) = Read("steps = 12");

        Assert.Empty(problems);
        Assert.Equal((0.1, "auto", 0.25), (sample.LearningRate, sample.Mode, sample.Inner.R1Gamma));
    }

    [Fact]
    public void Everything_that_is_wrong_is_reported_at_once_with_its_place_what_was_found_and_what_is_allowed()
    {
        var (_, problems) = Read("""
            steps = 0
            seed = 1.5
            learning-rate = fast
            flip = yes
            mode = fastest
            every = 30
            inner = 3
            inners { }
            beside = [1]
            name { a = 1 }
            share = 1.5
            """);

        Assert.Equal(
        [
            "x.conf:9: fer.beside: found the list [1], expected a whole number.",
            "x.conf:6: fer.every: found '30', expected a time with its unit, such as 500ms, 30s, 10m, 2h or 1d.",
            "x.conf:4: fer.flip: found 'yes', expected true or false.",
            "x.conf:7: fer.inner: found '3', expected a block { … } of settings.",
            "x.conf:8: fer.inners: there is no such setting; did you mean inner?",
            "x.conf:3: fer.learning-rate: found 'fast', expected a number from 1e-7 to 1.",
            "x.conf:5: fer.mode: found 'fastest', expected auto or fp32 or bf16.",
            "x.conf:10: fer.name: found a block { … }, expected a text.",
            "x.conf:2: fer.seed: found '1.5', expected a whole number.",
            "x.conf:11: fer.share: found '1.5', expected a number from above 0 to below 1.",
            "x.conf:1: fer.steps: found '0', expected a whole number of 1 or more.",
        ], problems.Select(p => p.ToString()));
    }

    [Fact]
    public void A_secret_is_never_shown_even_when_it_is_wrong()
    {
        var (_, problems) = Read("api-key = [hunter2]");

        Assert.Equal("x.conf:1: fer.api-key: found something that is not shown, expected a text.", Assert.Single(problems).ToString());
    }

    [Fact]
    public void A_key_like_no_other_is_answered_with_those_that_there_are()
    {
        var (_, problems) = Read("inner { zebra = 1 }");

        Assert.Equal("x.conf:1: fer.inner.zebra: there is no such setting; fer.inner knows r1-gamma, momentum.", Assert.Single(problems).ToString());
    }

    [Theory]
    [InlineData("ThreadsPerSlot", "threads-per-slot")]
    [InlineData("R1Gamma", "r1-gamma")]
    [InlineData("Beta1", "beta1")]
    [InlineData("UseEMA", "use-ema")]
    [InlineData("EMADecay", "ema-decay")]
    [InlineData("Url", "url")]
    public void Properties_become_keys(string property, string key) => Assert.Equal(key, SettingKey.Of(property));

    [Theory]
    [InlineData("bacth-size", "batch-size")]
    [InlineData("rund", "round")]
    [InlineData("elephant", null)]
    public void A_mistyped_word_is_guessed(string typed, string? meant) =>
        Assert.Equal(meant, Spelling.Nearest(typed, ["batch-size", "round", "steps", "seed"]));

    private static (Sample Sample, List<SettingProblem> Problems) Read(string text)
    {
        var problems = new List<SettingProblem>();
        var sample = (Sample)new SettingReader(problems).Read(typeof(Sample), HoconFile.Parse(text, "x.conf"), "fer");
        return (sample, problems);
    }

    public sealed record Sample
    {
        [Range(1, int.MaxValue)]
        public int Steps { get; init; } = 1;

        public long Seed { get; init; }

        [Range(1e-7, 1.0)]
        public double LearningRate { get; init; } = 0.1;

        [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
        public double Share { get; init; } = 0.5;

        public bool Flip { get; init; }

        public string Name { get; init; } = "";

        [AllowedValues("auto", "fp32", "bf16")]
        public string Mode { get; init; } = "auto";

        public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

        public ImmutableArray<string> Devices { get; init; } = ["auto"];

        public string ApiKey { get; init; } = "";

        public Inner Inner { get; init; } = new();

        [Inline]
        public Mixed Mixed { get; init; } = new();
    }

    public sealed record Inner
    {
        public double R1Gamma { get; init; } = 0.25;

        public double Momentum { get; init; }
    }

    public sealed record Mixed
    {
        public int Beside { get; init; } = 3;
    }
}
