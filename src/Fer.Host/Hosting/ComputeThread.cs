using TorchSharp;

namespace Fer.Host.Hosting;

/// <summary>Computes on a thread of its own with a run's number of threads, outside of any run: bits depend on that number.</summary>
internal static class ComputeThread
{
    public static T Run<T>(int threads, Func<T> work)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                torch.set_num_threads(threads);
                using var scope = torch.NewDisposeScope();
                result = work();
            }
#pragma warning disable CA1031 // thrown again where the caller is
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        return result;
    }
}
