using Spectre.Console;

namespace Fer.Host.Hosting;

/// <summary>Where a command writes: plain text to two streams, and tables and live views to a terminal.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Sentences about what went wrong, and progress lines where there is no terminal.</param>
/// <param name="Terminal">For tables; wide where the output is no terminal, so that nothing is cut.</param>
/// <param name="IsLive">Whether a view may redraw itself.</param>
public sealed record FerConsole(TextWriter Out, TextWriter Error, IAnsiConsole Terminal, bool IsLive)
{
    private const int PlainWidth = 160;

    public static FerConsole Create()
    {
        var live = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        if (live)
        {
            return new FerConsole(Console.Out, Console.Error, AnsiConsole.Console, AnsiConsole.Profile.Capabilities.Interactive);
        }

        return new FerConsole(Console.Out, Console.Error, Plain(Console.Out), IsLive: false);
    }

    /// <summary>Without colours and cursor movements.</summary>
    public static IAnsiConsole Plain(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = PlainWidth;
        return console;
    }
}
