using Fer.Actors.Storage;

[assembly: AssemblyFixture(typeof(Fer.Host.Tests.Commands.TinyRun))]

namespace Fer.Host.Tests.Commands;

/// <summary>A finished run of a few seconds that many tests look at; none changes it.</summary>
public sealed class TinyRun : IAsyncLifetime
{
    public const string Id = "tiny";

    public static string[] Sets { get; } =
    [
        "data.classes=[happy,sad]", "data.image-size=32", "data.sketch-count=80", "data.sketch-test-count=40", "classifier.network=study", "classifier.steps=6", "classifier.batch-size=16",
        "gan.width=8", "gan.latent=8", "gan.steps-per-round=3", "gan.batch-size=8", "gan.critic-steps=1", "filter.target=4", "filter.quantile=0", "filter.max-draws-per-kept=60",
        "filter.cross-fit=1", "loop.rounds=1", "loop.seeds=1", "loop.arms=main", "loop.control=balanced", "devices=[cpu:0]",
    ];

    public string Runs { get; } = Directory.CreateTempSubdirectory("fer-host-").FullName;

    public RunFolder Folder => new(Runs, Id);

    public string Output { get; private set; } = "";

    public static string[] Start(string runs, string id, params IEnumerable<string> sets) =>
        ["run", Config(runs), "--runs", runs, "--run-id", id, .. Sets.Concat(sets).SelectMany(s => new[] { "--set", s })];

    public async ValueTask InitializeAsync()
    {
        var (code, output, error) = await Fer.Run(Start(Runs, Id));
        Assert.True(code == 0, $"The run ended with {code}: {error}");
        Output = output;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Runs, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string Config(string runs)
    {
        var path = Path.Combine(runs, "tiny.conf");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, "fer { }\n");
        }

        return path;
    }
}
