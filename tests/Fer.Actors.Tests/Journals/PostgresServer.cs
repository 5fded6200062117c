using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fer.Actors.Hosting;
using Npgsql;

namespace Fer.Actors.Tests.Journals;

/// <summary>
/// A PostgreSQL server of the tests' own, in a folder of its own, on a free port of this machine alone. Root starts it as
/// the user <c>postgres</c>, as PostgreSQL demands.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private readonly string? programs = Programs();
    private readonly string folder = Directory.CreateTempSubdirectory("fer-postgres-").FullName;
    private readonly int port = FreePort();

    // In full: where Fer.Process.Tests compiles this file, "Process" is a namespace.
    private System.Diagnostics.Process? server;
    private int databases;

    /// <summary>Where all of it is, made at the first database.</summary>
    public string Folder => folder;

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>A new, empty database; skips the test with a line where there is no PostgreSQL.</summary>
    public JournalSettings NewDatabase()
    {
        Assert.SkipWhen(programs is null, "no PostgreSQL here: neither initdb on PATH nor /usr/lib/postgresql/*/bin (apt-get install postgresql)");
        if (server is null)
        {
            Initialise();
            Start();
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"fer{Interlocked.Increment(ref databases)}");
        Execute("postgres", $"create database {name}");
        return new JournalSettings { Provider = "postgres", ConnectionString = Connection(name) };
    }

    public void Execute(string database, string sql)
    {
        // One from the pool may have been ended by a test.
        using var connection = new NpgsqlConnection(Connection(database) + ";Pooling=False");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public void Start()
    {
        server = Run("postgres", "-D", Data, "-p", port.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off", "-c", "logging_collector=off");
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var connection = new NpgsqlConnection(Connection("postgres") + ";Pooling=False");
                connection.Open();
                return;
            }
            catch (NpgsqlException) when (tries < 200 && !server.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }

    /// <summary>Ends it as a crash would: connections break in the middle, the next start recovers.</summary>
    public void Crash()
    {
        Signal("QUIT");
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Starts it again where trouble has ended it.</summary>
    public void Revive()
    {
        NpgsqlConnection.ClearAllPools();
        if (server!.HasExited)
        {
            Start();
        }
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        if (server is { HasExited: false })
        {
            Signal("INT");
        }

        Directory.Delete(folder, recursive: true);
    }

    private string Data => Path.Combine(folder, "data");

    private string Connection(string database) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=fer;Database={database};Timeout=5");

    private void Initialise()
    {
        if (IsRoot)
        {
            Wait(System.Diagnostics.Process.Start("chown", ["postgres", folder]), "chown");
        }

        Wait(Run("initdb", "-D", Data, "-U", "fer", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"), "initdb");
    }

    private System.Diagnostics.Process Run(string program, params string[] arguments)
    {
        string[] asPostgres = IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
        string[] all = [.. asPostgres, Path.Combine(programs!, program), .. arguments];
        var start = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        var process = System.Diagnostics.Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Signal(string name)
    {
        Wait(System.Diagnostics.Process.Start("kill", [$"-{name}", server!.Id.ToString(CultureInfo.InvariantCulture)]), "kill");
        server.WaitForExit();
    }

    private static void Wait(System.Diagnostics.Process process, string what)
    {
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{what} ended with {process.ExitCode}");
    }

    private static string? Programs() =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var v) ? v : 0).Select(d => Path.Combine(d, "bin")) : [])
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Tests on one server: one after another.</summary>
[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>;
