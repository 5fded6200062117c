namespace Fer.Models.Training;

/// <summary>Work of a single unit, too short to cut.</summary>
public sealed class ImmediateWork(Func<WorkResult> compute) : IWork
{
    private WorkResult? result;

    public string Unit => "units";

    public long Position => result is null ? 0 : 1;

    public long Length => 1;

    public bool Done => result is not null;

    public IReadOnlyDictionary<string, double> Live { get; } = new Dictionary<string, double>();

    public void Advance() => result ??= compute();

    public byte[] Checkpoint() => [];

    public WorkResult Finish() => result ?? throw new InvalidOperationException("The work is not done.");

    public void Dispose()
    {
    }
}
