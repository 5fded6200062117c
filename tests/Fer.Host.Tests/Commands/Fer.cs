using Fer.Host.Commands;
using Fer.Actors.Hosting;
using Fer.Host.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Tests.Commands;

/// <summary>The program in this process, with what it writes caught.</summary>
internal static class Fer
{
    public static Task<(int Code, string Output, string Error)> Run(params string[] arguments) => Run(new ActorRunEngine(), arguments);

    public static Task<(int Code, string Output, string Error)> Run(IRunEngine engine, params string[] arguments) =>
        Run(engine, _ => throw new InvalidOperationException("No new process should be started."), arguments);

    public static Task<(int Code, string Output, string Error)> Run(IRunEngine engine, StartAnew startAnew, params string[] arguments) =>
        RunIn(engine, context => context with { StartAnew = startAnew }, arguments);

    /// <summary>On a machine whose libraries are what <paramref name="require"/> says.</summary>
    public static Task<(int Code, string Output, string Error)> Run(Action<Library> require, params string[] arguments) =>
        RunIn(new ActorRunEngine(), context => context with { Require = require }, arguments);

    private static async Task<(int Code, string Output, string Error)> RunIn(IRunEngine engine, Func<CommandContext, CommandContext> changed, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var (outside, beside) = (TextWriter.Synchronized(output), TextWriter.Synchronized(error));
        var console = new FerConsole(outside, beside, FerConsole.Plain(outside), IsLive: false);
        var code = await FerProgram.RunAsync(arguments, changed(new CommandContext(console, engine, TimeProvider.System)));
        return (code, output.ToString(), error.ToString());
    }
}

/// <summary>For commands that must not come as far as a run.</summary>
internal sealed class NoEngine : IRunEngine
{
    public Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop) => throw new InvalidOperationException("Nothing should be run.");
}
