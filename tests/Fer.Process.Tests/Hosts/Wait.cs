using System.Diagnostics;

namespace Fer.Process.Tests.Hosts;

/// <summary>Waits for what must happen, and says what did not.</summary>
internal static class Wait
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public static void Until(Func<bool> happened, Func<string> what)
    {
        for (var started = Stopwatch.GetTimestamp(); !happened(); Thread.Sleep(Look))
        {
            if (Stopwatch.GetElapsedTime(started) > HostProcess.Patience)
            {
                Assert.Fail($"Waited in vain for {what()}");
            }
        }
    }

    public static T For<T>(Func<T?> look, Func<string> what)
        where T : class
    {
        T? found = null;
        Until(() => (found = look()) is not null, what);
        return found!;
    }
}
