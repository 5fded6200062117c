using System.Collections;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Settings;

public sealed class SecretsTests : IDisposable
{
    private const string Address = "http://amy:hunter2@seq:5341";

    private readonly string runs = Directory.CreateTempSubdirectory("fer-secrets-").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Theory]
    [InlineData("http://amy:hunter2@seq:5341/x", "http://***@seq:5341/x")]
    [InlineData("'https://amy@seq', \"http://b:c@d\"", "'https://***@seq', \"http://***@d\"")]
    [InlineData("http://amy:hun/ter@2@seq", "http://***@seq")]
    [InlineData("Host=db;Password=hunter2;Database=fer", "Host=db;Password=***;Database=fer")]
    [InlineData("found 'Host=db;Pwd = hunter 2', expected", "found 'Host=db;Pwd = ***', expected")]
    [InlineData("password=\"hun;ter\";Host=db", "password=***;Host=db")]
    [InlineData("http://seq:5341 and amy@example.org", "http://seq:5341 and amy@example.org")]
    [InlineData("runs/passwords.txt", "runs/passwords.txt")]
    public void Passwords_are_masked_and_the_rest_stays(string text, string masked) => Assert.Equal(masked, Secrets.Masked(text));

    [Theory]
    [InlineData("fer { }", "seq.url=ftp://amy:hunter2@seq")]
    [InlineData("fer { }", "otlp.endpoint=amy://amy:hunter2@seq")]
    [InlineData("fer { }", "loop.rounds=http://a-very-long-name-of-a-user-so-that-it-is-cut-off:hunter2@seq")]
    [InlineData("fer { }", "devices=[http://amy:hunter2@seq]")]
    [InlineData("fer { }", "gan.batch-size=[http://amy:hunter2@seq]")]
    [InlineData("fer { }", "http://amy:hunter2@seq")]
    [InlineData("fer { }", "http://amy:hunter2@seq=3")]
    [InlineData("fer { seq { url \"http://amy:hunter2@seq\" } }", "loop.rounds=1")]
    [InlineData("fer { seq { api-key hunter2 } }", "loop.rounds=1")]
    [InlineData("fer { seq { api-key = hunter2=3 } }", "loop.rounds=1")]
    [InlineData("fer { seq { api-key = \"x\" hunter2 } }", "loop.rounds=1")]
    [InlineData("fer { seq { url = http://amy:hunter2@seq } }", "loop.rounds=1")]
    public void No_sentence_about_settings_shows_a_password(string text, string set)
    {
        var e = Record.Exception(() => FerConfig.Parse(text, "x.conf", [set], new Hashtable()));

        Assert.DoesNotContain("hunter2", e?.Message ?? "");
    }

    [Fact]
    public void Settings_are_shown_with_the_password_of_an_address_masked()
    {
        var settings = FerConfig.Parse($"fer {{ seq {{ url = \"{Address}\" }}, otlp {{ endpoint = \"{Address}\" }} }}", "x.conf", [], new Hashtable());

        Assert.DoesNotContain("hunter2", string.Join('\n', SettingsText.Lines(settings)) + SettingsText.Hocon(settings));
        Assert.Contains("fer.seq.url = \"http://***@seq:5341\"   # default \"\"", SettingsText.Lines(settings));
    }

    [Fact]
    public void A_run_that_goes_on_takes_the_password_of_an_address_from_its_configuration()
    {
        var folder = new RunFolder(runs, "one");
        var config = Path.Combine(runs, "seq.conf");
        File.WriteAllText(config, $"fer {{ seq {{ url = \"{Address}\" }}, otlp {{ endpoint = \"{Address}\" }} }}");
        RunFile.Write(folder, config, FerConfig.Load(config, [], new Hashtable()));

        var settings = RunFile.Load(folder);

        Assert.DoesNotContain("hunter2", File.ReadAllText(RunFile.PathIn(folder)));
        Assert.Equal((Address, Address), (settings.Seq.Url, settings.Otlp.Endpoint));
    }
}
