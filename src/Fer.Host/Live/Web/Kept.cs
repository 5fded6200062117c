namespace Fer.Host.Live.Web;

/// <summary>Looks by id, each with what it was before: read on from there when somebody asks, and let go when nobody does.</summary>
internal sealed class Kept<T>(TimeProvider clock) where T : class
{
    /// <summary>So many are kept; the one that nobody has asked for for longest goes.</summary>
    private const int Most = 32;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <param name="read">Given what was read before, and where to say what there is so far.</param>
    public Task<T?> Of(string id, Func<T?, Action<T>, Task<T?>> read) => Find(id, read).Now.GetAsync();

    /// <summary>As much as is read by then, at least one piece of it.</summary>
    public Task<T?> Of(string id, Func<T?, Action<T>, Task<T?>> read, TimeSpan patience) => Find(id, read).SoFarAsync(patience);

    /// <summary>As if somebody had asked for it.</summary>
    public void Keep(string id)
    {
        lock (gate)
        {
            if (entries.TryGetValue(id, out var entry))
            {
                entry.Asked = clock.GetTimestamp();
            }
        }
    }

    public void Expire()
    {
        lock (gate)
        {
            foreach (var entry in entries.Values)
            {
                entry.Now.Expire();
            }
        }
    }

    public void Forget(TimeSpan age)
    {
        lock (gate)
        {
            foreach (var (id, _) in entries.Where(e => clock.GetElapsedTime(e.Value.Asked) > age).ToList())
            {
                entries.Remove(id);
            }
        }
    }

    private Entry Find(string id, Func<T?, Action<T>, Task<T?>> read)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(id, out var entry))
            {
                if (entries.Count >= Most)
                {
                    entries.Remove(entries.MinBy(e => e.Value.Asked).Key);
                }

                entries.Add(id, entry = new Entry(read, clock));
            }

            entry.Asked = clock.GetTimestamp();
            return entry;
        }
    }

    private sealed class Entry
    {
        private readonly TimeProvider clock;
        private T? before;
        private volatile T? piece;
        private volatile TaskCompletionSource first = NewSource();

        public Entry(Func<T?, Action<T>, Task<T?>> read, TimeProvider clock)
        {
            this.clock = clock;
            Now = new Fresh<T?>(async () =>
            {
                try
                {
                    return before = await read(before, Say).ConfigureAwait(false);
                }
                finally
                {
                    // A piece is of one reading: beside the next it would be older than what was whole before.
                    (piece, first) = (null, NewSource());
                }
            }, clock);
        }

        public Fresh<T?> Now { get; }

        public long Asked { get; set; }

        public async Task<T?> SoFarAsync(TimeSpan patience)
        {
            var whole = Now.GetAsync();
            await Task.WhenAny(whole, Task.Delay(patience, clock)).ConfigureAwait(false);
            if (!whole.IsCompleted)
            {
                await Task.WhenAny(whole, first.Task).ConfigureAwait(false);
            }

            return piece is { } half && !whole.IsCompleted ? half : await whole.ConfigureAwait(false);
        }

        private void Say(T now)
        {
            piece = now;
            first.TrySetResult();
        }

        private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
