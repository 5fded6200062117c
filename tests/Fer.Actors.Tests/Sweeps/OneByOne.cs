using System.Collections.Immutable;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>Rows that know one thread, for tests that come with several.</summary>
internal sealed class OneByOne(IStepRows inner) : IStepRows
{
    private readonly Lock one = new();

    public Task<bool> WantAsync(long seat, ImmutableArray<Wanted> wanted) => Locked(() => inner.WantAsync(seat, wanted));

    public Task UnwantAsync(long seat, string run, ImmutableArray<string> hashes) => Locked(() => inner.UnwantAsync(seat, run, hashes));

    public Task ForgetAsync(long seat, string run) => Locked(() => inner.ForgetAsync(seat, run));

    public Task<ImmutableArray<SeenStep>> LookAsync() => Locked(inner.LookAsync);

    public Task<ClaimedStep?> ClaimAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds) => Locked(() => inner.ClaimAsync(host, device, places, kinds));

    public Task<IReadOnlyDictionary<(string Hash, long Token), Held>> BeatAsync(ImmutableArray<HeldStep> held) => Locked(() => inner.BeatAsync(held));

    public Task<bool> WriteAsync(string hash, long token, RowWrite write) => Locked(() => inner.WriteAsync(hash, token, write));

    public Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts) => Locked(() => inner.UnreferredAsync(artifacts));

    public Task ExpireAsync(string host, TimeSpan silent) => Locked(() => inner.ExpireAsync(host, silent));

    private T Locked<T>(Func<T> act)
    {
        lock (one)
        {
            return act();
        }
    }
}
