using System.Collections;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Tests.Hosting;

public sealed class RunFileTests : IDisposable
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-runfile-").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public void A_run_finds_its_settings_again()
    {
        var folder = new RunFolder(runs, "one");
        var settings = FerConfig.Parse("fer { gan { width = 16 }, checkpoint-every = 5s, seq { url = \"http://seq:5341\" } }", "x.conf", [], new Hashtable());

        RunFile.Write(folder, null, settings);

        Assert.Equal(SettingsText.Lines(settings), SettingsText.Lines(RunFile.Load(folder)));
    }

    [Fact]
    public void Secrets_are_not_kept_but_looked_for_in_the_configuration()
    {
        var folder = new RunFolder(runs, "two");
        var config = Path.Combine(runs, "pg.conf");
        File.WriteAllText(config, "fer { journal { provider = postgres, connection-string = \"Host=db;Password=hunter2\" } }");

        RunFile.Write(folder, config, FerConfig.Load(config, [], new Hashtable()));

        Assert.DoesNotContain("hunter2", File.ReadAllText(RunFile.PathIn(folder)));
        Assert.Equal("Host=db;Password=hunter2", RunFile.Load(folder).Journal.ConnectionString);
    }

    [Fact]
    public void A_run_that_does_not_exist_is_guessed()
    {
        Directory.CreateDirectory(Path.Combine(runs, "fer2013-tenth", "artifacts"));

        var e = Assert.Throws<BadInputException>(() => RunFile.Load(new RunFolder(runs, "fer2013-tneth")));

        Assert.Equal($"There is no run 'fer2013-tneth' in {runs}; did you mean fer2013-tenth?", e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    public void A_spoilt_file_is_one_sentence(string text)
    {
        var folder = new RunFolder(runs, "three");
        Directory.CreateDirectory(folder.Path);
        File.WriteAllText(RunFile.PathIn(folder), text);

        var e = Assert.Throws<BadInputException>(() => RunFile.Load(folder));

        Assert.Contains("cannot be read as JSON", e.Message);
        Assert.Contains("fer run CONFIG --run-id three", e.Message);
    }
}
