using Fer.Actors.Storage;
using Fer.Models.Native;

namespace Fer.Host.Commands;

/// <summary>Native libraries that a command may need.</summary>
[Flags]
internal enum Library
{
    None = 0,
    Torch = 1,
    OpenCv = 2,
    Sqlite = 4,
}

/// <summary>
/// What a command will need is looked for before it begins: a library that is missing must not be found out at the end of
/// a run, nor half a report be written without its numbers.
/// </summary>
internal static class Needs
{
    public static Library Of(string command) => command switch
    {
        "host" or "submit" or "run" or "levers" or "resume" or "fork" or "demo" or "trace" or "verify" or "evaluate" or "report" or "export" => Library.Torch | Library.OpenCv | Library.Sqlite,

        // Stored predictions are tensors; ending a run that no process holds asks for this machine's fingerprint.
        "compare" or "pause" or "cancel" => Library.Torch | Library.Sqlite,
        "worker" => Library.Torch,
        "inspect" => Library.OpenCv,
        "status" or "hosts" or "watch" or "retry" => Library.Sqlite,
        _ => Library.None,
    };

    /// <exception cref="Fer.Models.BadInputException">One of them cannot be loaded.</exception>
    public static void Require(Library libraries)
    {
        if (libraries.HasFlag(Library.Torch))
        {
            NativeLibraries.RequireTorch();
        }

        if (libraries.HasFlag(Library.OpenCv))
        {
            NativeLibraries.RequireOpenCv();
        }

        if (libraries.HasFlag(Library.Sqlite))
        {
            SqliteLibrary.Require();
        }
    }
}
