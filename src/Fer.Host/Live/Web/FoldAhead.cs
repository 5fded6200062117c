using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Live.Web;

/// <summary>
/// Reads the journals of sweeps that are not over before anybody looks, and on from there as they move, so that no first look has to wait for tens of
/// thousands of events. One list of rows every two seconds where nothing moves; what is over and nobody looks at is let go.
/// </summary>
internal sealed class FoldAhead : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    /// <summary>Beyond, the first look reads: what is kept has a bound.</summary>
    private const int Most = 8;

    private readonly LiveRows rows;
    private readonly Views views;
    private readonly Func<string, CancellationToken, Task> look;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<string, SweepLine> read = new(StringComparer.Ordinal);
    private readonly Task life;

    /// <param name="look">Asks this server for an address, as a browser does.</param>
    public FoldAhead(LiveRows rows, Views views, Func<string, CancellationToken, Task> look, TimeProvider clock, ILogger log)
    {
        (this.rows, this.views, this.look, this.clock, this.log) = (rows, views, look, clock, log);
        life = Task.Run(LiveAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await life.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task LiveAsync()
    {
        using var timer = new PeriodicTimer(Look, clock);
        try
        {
            await OnceAsync().ConfigureAwait(false);
            await FirstLookAsync().ConfigureAwait(false);
            do
            {
                await OnceAsync().ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
        }
    }

    // The first page that a process draws takes seconds on a busy machine, most of it the compiler's: better before somebody waits for it.
    private async Task FirstLookAsync()
    {
        try
        {
            await look("/", stopping.Token).ConfigureAwait(false);
            if (await rows.NewestSweepAsync().ConfigureAwait(false) is { } newest)
            {
                await look($"/sweeps/{Uri.EscapeDataString(newest.Id)}", stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException or SocketException)
        {
        }
    }

    private async Task OnceAsync()
    {
        try
        {
            var live = await rows.LiveSweepsAsync(Most).ConfigureAwait(false);
            foreach (var line in live)
            {
                stopping.Token.ThrowIfCancellationRequested();
                if (read.GetValueOrDefault(line.Id) == line)
                {
                    views.Keep(line.Id);
                    continue;
                }

                // Whoever coordinates writes a sweep's row again when the sweep moves. One that cannot be read is tried again then.
                read[line.Id] = line;
                await ReadAsync(line.Id).ConfigureAwait(false);
            }

            foreach (var id in read.Keys.Except(live.Select(l => l.Id)).ToList())
            {
                read.Remove(id);
            }

            views.Forget(Kept);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // It is said to who looks; when the database is back, all is looked at again.
            read.Clear();
        }
    }

    private async Task ReadAsync(string id)
    {
        try
        {
            await views.SweepAsync(id).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // a journal that cannot be read is said to who looks at it, and holds up no other
        catch (Exception e) when (e is not (OperationCanceledException or DbException or TimeoutException))
#pragma warning restore CA1031
        {
            log.LogDebug("Sweep {Sweep} could not be read ahead: {Reason}", id, e.Message);
        }
    }
}
