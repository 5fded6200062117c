using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Tests.Hosts;

/// <summary>A presence with a name and everything it told.</summary>
internal sealed class Onlooker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly object changing = new();
    private readonly Sentences sentences = new();
    private ImmutableArray<HostSeen> seen = [];
    private ImmutableArray<string> hints = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Presence Presence { get; private set; } = null!;

    public IEnumerable<string> Log => sentences.All;

    public static async Task<Onlooker> StartAsync(NpgsqlDataSource database, string name, ClusterSettings? settings = null)
    {
        var onlooker = new Onlooker();
        onlooker.Presence = await Presence.StartAsync((settings ?? new ClusterSettings()) with { Name = name }, database,
            hint => onlooker.Change(() => onlooker.hints = onlooker.hints.Add(hint)),
            hosts => onlooker.Change(() => onlooker.seen = hosts),
            LoggerFactory.Create(l => l.AddProvider(onlooker.sentences)), TestContext.Current.CancellationToken);
        return onlooker;
    }

    /// <summary>Others that it can reach, by name.</summary>
    public static string Reachable(ImmutableArray<HostSeen> hosts) => string.Join(' ', hosts.Where(h => h is { IsReachable: true, IsSelf: false }).Select(h => h.Name));

    /// <summary>Waits until exactly these others are reachable.</summary>
    public Task Sees(params string[] names) => Until($"sees [{string.Join(' ', names)}]", () => Reachable(seen) == string.Join(' ', names));

    /// <summary>Waits until it is in a cluster, its own or another's; nobody is told of that.</summary>
    public async Task IsJoined()
    {
        for (var tries = 0; !Presence.Node.IsMember; tries++)
        {
            Assert.True(tries < 1500, $"never joined anybody and said:\n{string.Join('\n', Log)}");
            await Task.Delay(20);
        }
    }

    public Task Hears(string hint) => Until($"hears {hint}", () => hints.Contains(hint));

    public async Task Until(string what, Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Task next;
            lock (changing)
            {
                if (holds())
                {
                    return;
                }

                next = changed.Task;
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{Presence.Hosts.Single(h => h.IsSelf).Name} never {what}; it saw [{string.Join(", ", seen)}] and said:\n{string.Join('\n', Log)}");
            }
        }
    }

    public Task Says(string part) => sentences.Until(part, Patience);

    /// <summary>Ends without a goodbye: with dead hosts about, that takes its time.</summary>
    public async ValueTask DisposeAsync()
    {
        await Presence.AbortAsync();
        await Presence.DisposeAsync();
    }

    private void Change(Action change)
    {
        lock (changing)
        {
            change();
            changed.TrySetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Sentences : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> all = new();
        private readonly SemaphoreSlim more = new(0);

        public IEnumerable<string> All => all;

        public async Task Until(string part, TimeSpan patience)
        {
            using var limit = new CancellationTokenSource(patience);
            while (!all.Any(s => s.Contains(part, StringComparison.Ordinal)))
            {
                await more.WaitAsync(limit.Token);
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                all.Enqueue($"{DateTime.Now:HH:mm:ss.fff} {logLevel}: {formatter(state, exception)} {exception}");
                more.Release();
            }
        }

        public void Dispose()
        {
        }
    }
}
