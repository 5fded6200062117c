using System.Diagnostics;
using System.Text;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests;

/// <summary>A run from the command line whose journal is a PostgreSQL server's.</summary>
public sealed class PostgresRunTests : IDisposable
{
    private const string Password = "Kx7-not-to-be-seen";

    private readonly PostgresServer server = new();
    private readonly string runs = FerProcess.NewRuns();

    [Fact]
    public void Killed_in_the_middle_and_gone_on_with_it_ends_with_the_files_of_a_run_on_SQLite_and_tells_nobody_how_to_connect()
    {
        var given = server.NewDatabase();
        var journal = given with { ConnectionString = given.ConnectionString + $";Password={Password}" };
        var said = new StringBuilder();
        string[] onPostgres = [.. Arguments("postgres"), "--set", "journal.provider=postgres"];

        foreach (var moment in new[] { "gan/round-1/all starts", "gan/round-2/all starts" })
        {
            KillAfter(moment, Start(journal, onPostgres), said);
            Assert.NotEqual(RunStatus.Completed, RunReader.Read(new RunFolder(runs, "postgres"), journal)!.Status);
        }

        Succeed(Start(journal, onPostgres), said);
        Succeed(Start(journal, "status", "postgres", "--runs", runs), said);
        Succeed(Start(journal, "report", "postgres", "--runs", runs), said);
        Succeed(FerProcess.Start("dotnet", [FerProcess.Dll, .. Arguments("sqlite")]), new StringBuilder());

        Assert.False(File.Exists(new RunFolder(runs, "postgres").Journal), "the run on PostgreSQL has a SQLite journal");
        Assert.Equal(Files("sqlite", new JournalSettings()), Files("postgres", journal));
        Assert.All(new[] { journal.ConnectionString, Password }, secret =>
        {
            Assert.DoesNotContain(secret, said.ToString());
            Assert.DoesNotContain(Directory.EnumerateFiles(new RunFolder(runs, "postgres").Path, "*", SearchOption.AllDirectories), f => Holds(f, secret));
        });
    }

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(runs, recursive: true);
    }

    private string[] Arguments(string id) => ["run", FerProcess.Config("kill.conf"), "--runs", runs, "--run-id", id];

    private static ProcessStartInfo Start(JournalSettings journal, params string[] arguments)
    {
        var start = FerProcess.Start("dotnet", [FerProcess.Dll, .. arguments]);
        start.Environment["FER_JOURNAL_CONNECTION_STRING"] = journal.ConnectionString;
        return start;
    }

    /// <summary>Kills the program as soon as it has said that.</summary>
    private static void KillAfter(string moment, ProcessStartInfo start, StringBuilder said)
    {
        using var process = System.Diagnostics.Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string? line;
        do
        {
            line = process.StandardOutput.ReadLine();
            said.AppendLine(line);
        }
        while (line is not null && !line.Contains(moment, StringComparison.Ordinal));

        process.Kill();
        process.WaitForExit();
        said.Append(error.Result);
        Assert.True(line is not null, $"The run ended before it said '{moment}':\n{said}");
    }

    private static void Succeed(ProcessStartInfo start, StringBuilder said)
    {
        var (code, output, error) = FerProcess.Run(start);
        said.Append(output).Append(error);
        Assert.True(code == 0, $"fer ended with {code}:\n{output}\n{error}");
    }

    /// <summary>Every file of every step, by its hash; the run is complete.</summary>
    private string Files(string id, JournalSettings journal)
    {
        var state = RunReader.Read(new RunFolder(runs, id), journal)!;
        Assert.Equal(RunStatus.Completed, state.Status);
        return string.Join('\n', state.Steps.OrderBy(s => s.Key, StringComparer.Ordinal).SelectMany(s => s.Value.Files.Select(f => $"{s.Key}/{f.Key}={f.Value}")));
    }

    private static bool Holds(string file, string secret) => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0;
}
