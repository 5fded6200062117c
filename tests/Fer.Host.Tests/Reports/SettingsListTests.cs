using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Reports;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Reports;

public class SettingsListTests
{
    [Fact]
    public void A_runs_settings_come_out_as_a_configuration_that_reads_back_the_same()
    {
        var settings = new RefinementSettings();
        settings = settings with
        {
            Data = settings.Data with { Path = "/a \"quoted\" place/faces", Classes = ["happy", "very sad"], ValidationFraction = 0.25 },
            Gan = settings.Gan with { GeneratorLearningRate = 0.00001, WarmUp = "off" },
            Loop = settings.Loop with { Rounds = 7, Seed = 9_000_000_000 },
        };
        var json = Json.Write(new RefinementRun(settings, ["happy", "very sad"], [3, 4]));
        var read = FerConfig.Parse(SettingsList.Hocon(json), "settings.conf", []);
        Assert.Equal(Json.Write(settings), Json.Write(read.Job));
    }

    [Fact]
    public void Settings_stand_under_the_keys_of_a_configuration() =>
        Assert.Equal([("fer.gan.batch-size", "64"), ("fer.data.classes", "[a, b]"), ("fer.gan.flip", "true")],
            SettingsList.Of("""{"Settings":{"Gan":{"BatchSize":64},"Data":{"Classes":["a","b"]},"gan":{"Flip":true}},"Classes":["a","b"]}"""));
}
