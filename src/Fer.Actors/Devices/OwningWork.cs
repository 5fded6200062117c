using Fer.Models.Training;

namespace Fer.Actors.Devices;

/// <summary>Work that owns something it was opened with, which goes when the work goes.</summary>
internal sealed class OwningWork(IWork inner, IDisposable owned) : IWork
{
    public string Unit => inner.Unit;

    public long Position => inner.Position;

    public long Length => inner.Length;

    public bool Done => inner.Done;

    public IReadOnlyDictionary<string, double> Live => inner.Live;

    public void Advance() => inner.Advance();

    public byte[] Checkpoint() => inner.Checkpoint();

    public WorkResult Finish() => inner.Finish();

    public void Dispose()
    {
        inner.Dispose();
        owned.Dispose();
    }
}
