using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Fer.Actors.Devices;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Fer.Models;
using Fer.Models.Native;
using TorchSharp;

namespace Fer.Host.Hosting;

internal enum Grade
{
    Good,

    /// <summary>Runs work all the same.</summary>
    Note,

    /// <summary>Runs cannot work.</summary>
    Bad,
}

/// <param name="Advice">What to do about it.</param>
internal sealed record Finding(Grade Grade, string Subject, string Found, string? Advice = null);

/// <summary>What a run needs of a machine, looked at one by one.</summary>
internal static class Doctor
{
    private const double Gigabyte = 1e9;
    private const double LittleMemory = 3e9;
    private const double LittleDisk = 3e9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static IEnumerable<Func<CancellationToken, Task<Finding>>> Checks(FerSettings settings, string runs)
    {
        yield return Now(System);
        yield return Now(ProcessorOf);
        foreach (var library in NativeLibraries.Check())
        {
            yield return Now(() => library.Loaded
                ? new Finding(Grade.Good, library.Name, $"{library.Version} ({library.How})")
                : new Finding(Grade.Bad, library.Name, library.How, "restore the packages anew with ./build.sh, on a system with glibc 2.34 or later"));
        }

        yield return Now(Sqlite);
        yield return Now(() => Devices(settings));
        yield return Now(Gpu);
        yield return Now(Waiting);
        yield return Now(Memory);
        yield return Now(() => Disk(runs));
        yield return Now(() => Journal(settings, runs));
        if (settings.Seq.Url.Length > 0)
        {
            yield return stop => SeqAsync(settings.Seq, stop);
        }
        else
        {
            yield return Now(() => new Finding(Grade.Note, "Seq", "none is set", "set fer.seq.url to have the log searchable"));
        }

        if (settings.Otlp.Endpoint.Length > 0)
        {
            yield return stop => OtlpAsync(settings.Otlp, stop);
        }
    }

    private static Func<CancellationToken, Task<Finding>> Now(Func<Finding> check) => _ => Task.FromResult(check());

    private static Finding System() => new(Grade.Good, "system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}");

    private static Finding ProcessorOf()
    {
        var processor = Processor.Current;
        return new Finding(Grade.Good, "processor", $"{processor}; on it precision auto takes {(processor.PaysBf16 ? "bf16" : "fp32")}");
    }

    private static Finding Sqlite()
    {
        try
        {
            SqliteLibrary.Require();
            return new Finding(Grade.Good, "SQLite", "as it is");
        }
        catch (BadInputException e)
        {
            return new Finding(Grade.Bad, "SQLite", e.Message, "restore the packages anew with ./build.sh");
        }
    }

    private static Finding Devices(FerSettings settings)
    {
        try
        {
            return new Finding(Grade.Good, "devices", $"fer.devices gives {string.Join(", ", DeviceName.Resolve(settings.Engine.Devices))}");
        }
        catch (BadInputException e)
        {
            return new Finding(Grade.Bad, "devices", e.Message, "name devices that exist, or auto");
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or NotSupportedException)
        {
            return new Finding(Grade.Bad, "devices", "not looked at: libtorch does not load");
        }
    }

    private static Finding Gpu()
    {
        var driver = File.Exists("/proc/driver/nvidia/version");
        try
        {
            if (torch.cuda.is_available())
            {
                return new Finding(Grade.Good, "GPU", string.Create(CultureInfo.InvariantCulture, $"{torch.cuda.device_count()} that libtorch can use"));
            }
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or NotSupportedException)
        {
            return new Finding(Grade.Note, "GPU", "libtorch does not load, so none can be used");
        }

        return driver
            ? new Finding(Grade.Note, "GPU", "an NVIDIA driver is here, but this build of libtorch cannot use it", "build with FerTorch=cuda ./build.sh")
            : new Finding(Grade.Good, "GPU", "none; runs compute on the processor");
    }

    private static Finding Waiting() => Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is { } policy && policy.Equals("passive", StringComparison.OrdinalIgnoreCase)
        ? new Finding(Grade.Good, "threads", "OMP_WAIT_POLICY is passive")
        : new Finding(Grade.Note, "threads", "OMP_WAIT_POLICY is not passive: idle threads of libtorch keep cores busy", "start the program by ./fer, which sets it");

    private static Finding Memory()
    {
        var bytes = (double)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var text = string.Create(CultureInfo.InvariantCulture, $"{bytes / Gigabyte:0.0} GB for this process");
        return bytes >= LittleMemory ? new Finding(Grade.Good, "memory", text) : new Finding(Grade.Note, "memory", text, "take one slot (fer.devices = [cpu:0]) and small batches");
    }

    private static Finding Disk(string runs)
    {
        var at = Path.GetFullPath(runs);
        while (!Directory.Exists(at))
        {
            at = Path.GetDirectoryName(at)!;
        }

        var free = (double)new DriveInfo(at).AvailableFreeSpace;
        var text = string.Create(CultureInfo.InvariantCulture, $"{free / Gigabyte:0.0} GB free for {Path.GetFullPath(runs)}");
        return free >= LittleDisk ? new Finding(Grade.Good, "disk", text) : new Finding(Grade.Note, "disk", text, "a run of FER2013 needs about 1 GB; --runs names another folder");
    }

    private static Finding Journal(FerSettings settings, string runs)
    {
        var folder = new RunFolder(runs, $"doctor-{Environment.ProcessId}");
        var existed = Directory.Exists(folder.Runs);
        try
        {
            JournalFiles.Probe(folder, settings.Journal);
            return new Finding(Grade.Good, "journal", settings.Journal.Provider == "postgres" ? "PostgreSQL answers" : $"{folder.Runs} can be written");
        }
        catch (BadInputException e)
        {
            return new Finding(Grade.Bad, "journal", e.Message, settings.Journal.Provider == "postgres" ? $"look at fer.journal.connection-string or {FerConfig.ConnectionStringVariable}" : "--runs names another folder");
        }
        catch (TypeInitializationException)
        {
            return new Finding(Grade.Bad, "journal", "not looked at: SQLite does not load");
        }
        finally
        {
            if (folder.Exists)
            {
                Directory.Delete(folder.Path, recursive: true);
            }

            if (!existed && Directory.Exists(folder.Runs) && !Directory.EnumerateFileSystemEntries(folder.Runs).Any())
            {
                Directory.Delete(folder.Runs);
            }
        }
    }

    private static async Task<Finding> SeqAsync(SeqSettings seq, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(seq.Url.TrimEnd('/') + "/"), "api/events/raw?clef")) { Content = new StringContent("", global::System.Text.Encoding.UTF8, "application/vnd.serilog.clef") };
        if (seq.ApiKey.Length > 0)
        {
            request.Headers.Add("X-Seq-ApiKey", seq.ApiKey);
        }

        try
        {
            using var answer = await http.SendAsync(request, stop).ConfigureAwait(false);
            return answer.StatusCode is global::System.Net.HttpStatusCode.Unauthorized or global::System.Net.HttpStatusCode.Forbidden
                ? new Finding(Grade.Note, "Seq", $"{Secrets.Masked(seq.Url)} refuses the API key", $"look at fer.seq.api-key or {FerConfig.ApiKeyVariable}")
                : new Finding(Grade.Good, "Seq", $"{Secrets.Masked(seq.Url)} answers");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new Finding(Grade.Note, "Seq", $"{Secrets.Masked(seq.Url)} does not answer ({e.Message})", string.Create(CultureInfo.InvariantCulture, $"runs work without it and keep up to {seq.BufferSizeMb} MB a day for it"));
        }
    }

    private static async Task<Finding> OtlpAsync(OtlpSettings otlp, CancellationToken stop)
    {
        var address = new Uri(otlp.Endpoint);
        try
        {
            using var client = new TcpClient();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(Patience);
            await client.ConnectAsync(address.Host, address.Port, limit.Token).ConfigureAwait(false);
            return new Finding(Grade.Good, "metrics", $"{Secrets.Masked(otlp.Endpoint)} answers");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return new Finding(Grade.Note, "metrics", $"{Secrets.Masked(otlp.Endpoint)} does not answer ({e.Message})", "runs work without it; metrics are lost until it does");
        }
    }
}
