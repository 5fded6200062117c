using System.Diagnostics;
using System.Globalization;

namespace Fer.Bench;

/// <summary>Processes of the comparison with PyTorch: how each side is started, and what it answers.</summary>
internal static class PyTorchSide
{
    private const string Install = "apt-get install -y python3-torch libopenblas0-openmp";

    // Debian's own: another python3 may stand before it on PATH and know no torch.
    private static readonly string Python = Environment.GetEnvironmentVariable("FER_BENCH_PYTHON") ?? "/usr/bin/python3";

    private static readonly string Script = Path.Combine(Repository(), "bench", "pytorch", "study.py");

    /// <summary>
    /// Null when this PyTorch may be compared with, else why not. Without OpenBLAS it runs on the reference BLAS and takes 2.6
    /// times as long, which would be no merit of ours.
    /// </summary>
    public static string? WhyNot()
    {
        if (!File.Exists(Python))
        {
            return $"{Python} is not there: {Install}";
        }

        Dictionary<string, string> facts;
        try
        {
            facts = Read(Theirs("about")).ToDictionary(l => l[0], l => string.Join(' ', l[1..]));
        }
        catch (InvalidOperationException)
        {
            return $"{Python} has no torch: {Install}";
        }

        Console.WriteLine($"PyTorch {facts["torch"]}, BLAS {facts["blas"]}");
        return !facts["torch"].StartsWith("1.13", StringComparison.Ordinal) ? $"PyTorch is {facts["torch"]}, expected Debian 12's 1.13."
            : !facts["blas"].Contains("openblas", StringComparison.OrdinalIgnoreCase) ? $"PyTorch computes with {facts["blas"]}, not with OpenBLAS: {Install}"
            : null;
    }

    /// <summary>A process of study.py with these arguments.</summary>
    public static ProcessStartInfo Theirs(params string[] arguments) => Start(Python, [Script, .. arguments]);

    /// <summary>A process of this program with these arguments.</summary>
    public static ProcessStartInfo Ours(params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        var start = Start(program, program.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(PyTorchSide).Assembly.Location, "pytorch", .. arguments] : ["pytorch", .. arguments]);
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_GCgen0size"] = "1000000";
        return start;
    }

    /// <summary>Runs these side by side to their ends; the words of each line that any of them wrote. Throws <see cref="InvalidOperationException"/> when one fails.</summary>
    public static List<string[]> Read(params ProcessStartInfo[] starts)
    {
        var processes = starts.Select(s => Process.Start(s)!).ToArray();
        var lines = new List<string[]>();
        foreach (var process in processes)
        {
            using (process)
            {
                // A line or two each: none fills its pipe while another is read.
                lines.AddRange(process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')));
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    throw new InvalidOperationException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} ended with {process.ExitCode}.");
                }
            }
        }

        return lines;
    }

    public static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);

    private static ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        // For both sides alike, and best for both: threads that spin beside another process's threads cost several times as much.
        start.Environment["OMP_WAIT_POLICY"] = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "passive";
        return start;
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Fer.Actors.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The benchmark must run from its repository.");
        }

        return folder;
    }
}
