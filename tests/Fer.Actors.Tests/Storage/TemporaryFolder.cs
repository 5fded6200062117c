namespace Fer.Actors.Tests.Storage;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fer-tests-").FullName;

    public string File(params string[] below) => System.IO.Path.Combine([Path, .. below]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
