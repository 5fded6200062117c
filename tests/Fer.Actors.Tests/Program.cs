using System.Globalization;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Jobs;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Fer.Actors.Tests;

/// <summary>
/// The tests, and what some of them start beside themselves: <c>worker …</c> is a worker process that knows the chain
/// job, <c>run …</c> a process that carries a chain, <c>hold …</c> one that holds a run and
/// does nothing, <c>presence …</c> a host that is there and no more.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["worker", .. var of]:
                JobRegistry.Add(BesideJob.FromEnvironment());
                await WorkerHost.RunAsync(ValueOf(of, "--lane"), ValueOf(of, "--device"), int.Parse(ValueOf(of, "--threads"), CultureInfo.InvariantCulture), NullLoggerFactory.Instance);
                return 0;
            case ["run", var runs]:
                RunEngine.WorkerCommand = BesideJob.WorkerCommand;
                Console.WriteLine((await BesideJob.GoOn(new RunFolder(runs, "chain"))).End);
                return 0;
            case ["hold", var runs, var id]:
                using (RunLock.Take(new RunFolder(runs, id)))
                {
                    Console.WriteLine("held");
                    await Task.Delay(Timeout.Infinite);
                }

                return 0;
            case ["presence", var connection, var name]:
                await using (var database = Npgsql.NpgsqlDataSource.Create(connection))
                await using (await Presence.StartAsync(new ClusterSettings { Name = name }, database, _ => { }, _ => { }, NullLoggerFactory.Instance, CancellationToken.None))
                {
                    await Console.In.ReadToEndAsync();
                }

                return 0;
            case var _ when args.Contains("--server") || args.Contains("--internal-msbuild-node"):
                return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
            default:
                return await ConsoleRunner.Run(args);
        }
    }

    private static string ValueOf(string[] args, string name) => args[Array.IndexOf(args, name) + 1];
}
