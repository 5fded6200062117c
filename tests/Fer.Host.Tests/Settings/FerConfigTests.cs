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
    public void Hosts_to_join_may_come_from_the_environment_and_their_password_is_a_secret()
    {
        var environment = new Hashtable { ["FER_CLUSTER_SEEDS"] = "gpu1:5070, gpu2:5070", ["FER_CLUSTER_TLS_PASSWORD"] = "hunter4" };

        var settings = FerConfig.Parse("fer { cluster { seeds = [lost] } }", "x.conf", [], environment);

        Assert.Equal(["gpu1:5070", "gpu2:5070"], settings.Cluster.Seeds);
        Assert.Equal("hunter4", settings.Cluster.Tls.Password);
        Assert.DoesNotContain("hunter", string.Join('\n', SettingsText.Lines(settings)) + SettingsText.Hocon(settings));
    }

    [Theory]
    [InlineData("cluster { lease = 500ms }", "fer.cluster.lease is 0.5s")]
    [InlineData("cluster { beat = 3s }", "fer.cluster.beat is 3s with fer.cluster.lease 6s")]
    [InlineData("cluster { tls { certificate = x.pfx } }", "fer.cluster.tls needs both certificate and authority")]
    public void A_cluster_that_could_not_hold_together_is_refused(string settings, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<SettingsException>(() => FerConfig.Parse($"fer {{ {settings} }}", "x.conf", [], new Hashtable())).Message);

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse("fer { gan { width = 12 } }", "x.conf", [], NoEnvironment));

        Assert.Equal("x.conf:1: fer.gan.width is 12: expected a multiple of 8.", e.Message);
    }

    [Theory]
    [InlineData("otlp.endpoint=foo", "--set: fer.otlp.endpoint is 'foo': expected an address such as \"http://localhost:5341\".")]
    [InlineData("seq.url=foo", "--set: fer.seq.url is 'foo': expected an address such as \"http://localhost:5341\".")]
    [InlineData("gan.width=12", "--set: fer.gan.width is 12: expected a multiple of 8.")]
    [InlineData("loop.arms=foo", "--set: fer.loop.arms: found 'foo', expected main or all.")]
    [InlineData("loop.control=mean", "--set: fer.loop.control: found 'mean', expected best or natural or balanced or weighted or soft.")]
    [InlineData("loop.step-factors=3", "--set: fer.loop.step-factors: found '3', expected a list of 0.25 or 0.5 or 1 or 2 or 4.")]
    [InlineData("loop.step-factors=[1, 3]", "--set: fer.loop.step-factors: found the list [1, 3], expected a list of 0.25 or 0.5 or 1 or 2 or 4.")]
    [InlineData("loop.step-factors=[]", "--set: fer.loop.step-factors is empty: expected at least one multiple, such as [1].")]
    [InlineData("loop.real-tail=1", "--set: fer.loop.real-tail: found '1', expected a number from 0 to 0.9.")]
    [InlineData("filter.rule=x", "--set: fer.filter.rule: found 'x', expected quantile or none or top or band.")]
    [InlineData("data.judge-fraction=0.6", "--set: fer.data.judge-fraction: found '0.6', expected a number from 0 to 0.5.")]
    [InlineData("stall-timeout=1ms", "--set: fer.stall-timeout is under 1s: a worker is looked at once a second, so every one would be ended.")]
    public void A_change_that_cannot_work_is_named_with_its_whole_key_and_its_place(string set, string sentence)
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse("fer { gan { batch-size = 8 } }", "x.conf", [set], NoEnvironment));

        Assert.Equal(sentence, e.Message);
    }

    [Fact]
    public void A_control_that_needs_teachers_is_refused_where_there_is_only_one()
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse("fer {\n loop.control = soft\n filter.cross-fit = 1\n}", "x.conf", [], NoEnvironment));

        Assert.Equal("x.conf:2: fer.loop.control is soft and fer.filter.cross-fit is 1: that one teacher has seen the very faces that it would label; expected fer.filter.cross-fit of 2 or more, or another control.", e.Message);
    }

    [Fact]
    public void Values_that_are_to_come_from_elsewhere_are_refused_together_with_everything_else()
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse(
            """
            fer {
              data { path = ${HOME}/faces, image-size = many }
              devices = [${first}, cpu:1]
              seq.url = "http://"${host}
              gan { widht = 8, batch-size = 2${more} }
            }
            """, "x.conf", ["loop.rounds=none"], NoEnvironment));

        Assert.Equal(
        [
            "x.conf:2: fer.data.path: ${…} is not supported; write the value out (secrets may come from the environment, see reference.conf).",
            "x.conf:3: fer.devices: ${…} is not supported; write the value out (secrets may come from the environment, see reference.conf).",
            "x.conf:4: fer.seq.url: ${…} is not supported; write the value out (secrets may come from the environment, see reference.conf).",
            "x.conf:5: fer.gan.batch-size: ${…} is not supported; write the value out (secrets may come from the environment, see reference.conf).",
            "x.conf:2: fer.data.image-size: found 'many', expected a whole number from 8 to 256.",
            "x.conf:5: fer.gan.widht: there is no such setting; did you mean width?",
            "--set: fer.loop.rounds: found 'none', expected a whole number from 1 to 1000.",
        ], e.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Where_the_text_cannot_be_read_on_what_was_wrong_before_is_told_as_well()
    {
        var e = Assert.Throws<SettingsException>(() => FerConfig.Parse("fer {\n a = ${b}\n c = [1\n}", "x.conf", [], NoEnvironment));

        Assert.Equal([2, 3], e.Problems.Select(p => p.Line));
    }

    [Fact]
    public void A_problem_that_has_no_place_begins_with_its_sentence() =>
        Assert.Equal("fer.a is wrong.", new SettingProblem("", "", 0, "fer.a is wrong.").ToString());

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
