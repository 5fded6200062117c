using Fer.Host.Hosting;

namespace Fer.Host.Tests.Hosting;

public class ShutdownTests
{
    [Fact]
    public async Task The_first_signal_asks_to_save_and_the_second_aborts()
    {
        var said = new List<string>();
        var aborted = 0;
        using var shutdown = new Shutdown(said.Add, () => aborted++);

        shutdown.Ask();

        await Task.Delay(Timeout.Infinite, shutdown.Token).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal((1, 0), (said.Count, aborted));

        shutdown.Ask();

        Assert.Equal((1, 1), (said.Count, aborted));
    }
}
