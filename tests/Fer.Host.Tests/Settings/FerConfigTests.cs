using System.Collections;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Settings;

public class FerConfigTests
{
    private static readonly Hashtable NoEnvironment = [];

    [Fact]
    public void A_change_on_the_command_line_beats_the_file()
    {
        var settings = FerConfig.Parse("fer { threads-per-slot = 2, gan { batch-size = 8 } }", "x.conf", ["gan.batch-size=16", "fer.devices=cpu:0,cpu:1", "checkpoint-every = 2m"], NoEnvironment);

        Assert.Equal((2, 16, TimeSpan.FromMinutes(2)), (settings.Engine.ThreadsPerSlot, settings.Job.Gan.BatchSize, settings.Engine.CheckpointEvery));
        Assert.Equal(["cpu:0", "cpu:1"], settings.Engine.Devices);
    }

    [Fact]
    public void A_mistyped_change_is_refused_together_with_everything_else()
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse("fer { gan { batch-size = none } }\ngan { width = 8 }", "x.conf", ["gan.widht=8", "rounds", "=3", "loop..rounds=1"], NoEnvironment));

        Assert.Equal(
        [
            "--set: found 'rounds', expected KEY=VALUE, such as loop.rounds=2.",
            "--set: found '=3', expected KEY=VALUE, such as loop.rounds=2.",
            "--set: fer.loop..rounds: a key is made of words with dots between them.",
            "x.conf:2: gan: settings stand in a block fer { … }.",
            "x.conf:1: fer.gan.batch-size: found 'none', expected a whole number from 2 to 4096.",
            "--set: fer.gan.widht: there is no such setting; did you mean width?",
        ], e.Problems.Select(p => p.ToString()));
        Assert.StartsWith("6 settings are wrong:\n  ", e.Message);
    }

    [Fact]
    public void Secrets_come_from_the_environment_and_are_never_printed()
    {
        var environment = new Hashtable { ["FER_JOURNAL_CONNECTION_STRING"] = "Host=db;Password=hunter2", ["FER_SEQ_API_KEY"] = "hunter3" };

        var settings = FerConfig.Parse("fer { journal { provider = postgres } }", "x.conf", [], environment);

        Assert.Equal(("Host=db;Password=hunter2", "hunter3"), (settings.Journal.ConnectionString, settings.Seq.ApiKey));
        Assert.DoesNotContain("hunter", string.Join('\n', SettingsText.Lines(settings)) + SettingsText.Hocon(settings));
        Assert.Contains("fer.seq.api-key = (set, not shown)   # default \"\"", SettingsText.Lines(settings));
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse("fer { gan { width = 12 } }", "x.conf", [], NoEnvironment));

        Assert.Equal("x.conf: gan.width is 12: expected a multiple of 8.", e.Message);
    }

    [Fact]
    public void What_is_written_of_settings_reads_back_as_the_same_settings()
    {
        var settings = FerConfig.Parse("fer { devices = [cpu:0, cpu:1], gan { warm-up-weights = \"/a b/c\\\\d.pt\", beta1 = 1e-5 }, retry-delay = 1500ms }", "x.conf", [], NoEnvironment);

        var again = FerConfig.Parse(SettingsText.Hocon(settings), "again", [], NoEnvironment);

        Assert.Equal(SettingsText.Lines(settings), SettingsText.Lines(again));
        Assert.Equal((@"/a b/c\d.pt", 1e-5), (again.Job.Gan.WarmUpWeights, again.Job.Gan.Beta1));
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_sentence()
    {
        var e = Assert.Throws<Fer.Models.BadInputException>(() => FerConfig.Load("nowhere/no.conf", [], NoEnvironment));

        Assert.StartsWith("The configuration nowhere/no.conf cannot be read: ", e.Message);
    }
}
