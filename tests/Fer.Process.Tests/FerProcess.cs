using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Fer.Process.Tests;

/// <summary>The program as a user starts it, in a process of its own.</summary>
internal static class FerProcess
{
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "fer.dll");

    /// <summary>A file of the source tree that these tests were built from.</summary>
    public static string InTree(string path)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Fer.Actors.sln")))
        {
            root = Directory.GetParent(root)!.FullName;
        }

        return Path.Combine(root, path);
    }

    public static string Config(string name) => Path.Combine(AppContext.BaseDirectory, "hocon", name);

    public static ProcessStartInfo Start(string file, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["OMP_WAIT_POLICY"] = "passive";
        start.Environment["NO_COLOR"] = "1";
        return start;
    }

    public static (int Code, string Output, string Error) Run(params IEnumerable<string> arguments) => Run(Start("dotnet", [Dll, .. arguments]));

    public static (int Code, string Output, string Error) Run(ProcessStartInfo start)
    {
        using var process = System.Diagnostics.Process.Start(start)!;
        return Ended(process);
    }

    /// <summary>What a process said, when it has ended by itself.</summary>
    public static (int Code, string Output, string Error) Ended(System.Diagnostics.Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', process.StartInfo.ArgumentList)} did not end:\n{output.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    public static JsonObject Status(string runs, string id)
    {
        var (code, output, error) = Run("status", id, "--json", "--runs", runs);
        Assert.True(code == 0, $"status ended with {code}: {output}{error}");
        return JsonNode.Parse(output)!.AsObject();
    }

    /// <summary>A folder of its own for runs, removed at the end.</summary>
    public static string NewRuns() => Directory.CreateTempSubdirectory("fer-runs-").FullName;
}
