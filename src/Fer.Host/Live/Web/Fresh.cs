namespace Fer.Host.Live.Web;

/// <summary>
/// Something that is read when somebody asks, at most once a second however many ask; who asks meanwhile gets the same answer, or the same trouble.
/// </summary>
internal sealed class Fresh<T>(Func<Task<T>> read, TimeProvider clock)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task<T>? last;
    private long begun;

    public Task<T> GetAsync()
    {
        lock (gate)
        {
            if (last is null || (last.IsCompleted && clock.GetElapsedTime(begun) >= Age))
            {
                (begun, last) = (clock.GetTimestamp(), Task.Run(read));
            }

            return last;
        }
    }

    /// <summary>The next who asks is to see what has changed since.</summary>
    public void Expire()
    {
        lock (gate)
        {
            last = last is { IsCompleted: true } ? null : last;
        }
    }
}
