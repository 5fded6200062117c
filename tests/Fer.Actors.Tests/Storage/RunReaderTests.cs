using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
using Fer.Actors.Tests.Journals;
using Fer.Models;
using Microsoft.Data.Sqlite;

namespace Fer.Actors.Tests.Storage;

public sealed class RunReaderTests
{
    [Fact]
    public async Task A_journal_of_a_newer_version_is_refused_in_one_sentence_before_anything_starts()
    {
        using var run = new EngineRun();
        await run.GoOn();
        Sql(run.Folder, "update journal set manifest = 'RunCompleted.V7' where manifest = 'RunCompleted.V1'");

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());

        Assert.Contains("'RunCompleted.V7'", refused.Message);
        Assert.Contains("written by a newer one", refused.Message);
    }

    [Fact]
    public async Task A_record_that_is_no_JSON_is_refused_in_one_sentence()
    {
        using var run = new EngineRun();
        await run.GoOn();
        Sql(run.Folder, "update journal set message = x'00ff' where manifest = 'RunCompleted.V1'");

        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<BadInputException>(() => run.GoOn())).Message);
    }

    [Fact]
    public void Runs_are_listed_by_name_and_other_folders_are_none()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("b", "artifacts"));
        Directory.CreateDirectory(folder.File("a", "artifacts"));
        Directory.CreateDirectory(folder.File("pictures"));

        Assert.Equal(["a", "b"], RunReader.RunIds(folder.Path));
        Assert.Empty(RunReader.RunIds(folder.File("nowhere")));
    }

    [Fact]
    public async Task A_store_of_a_single_host_is_no_run_although_a_journal_is_in_it()
    {
        using var folder = new TemporaryFolder();
        var store = folder.File("store-of-mine");
        await using (await Fer.Actors.Sweeps.ClusterDatabase.SqliteAsync(store, CancellationToken.None))
        {
            JournalFiles.ProbeSingle(store);
        }

        Assert.True(File.Exists(Path.Combine(store, "journal.db")));
        Assert.Empty(RunReader.RunIds(folder.Path));
    }

    [Fact]
    public void A_run_without_a_journal_has_no_state()
    {
        using var folder = new TemporaryFolder();

        Assert.Null(RunReader.Read(new RunFolder(folder.Path, "new"), new JournalSettings()));
    }

    [Fact]
    public async Task A_journal_is_read_where_nothing_may_be_written()
    {
        using var disk = SmallDisk.Mount("4m");
        using var run = new EngineRun();
        await run.GoOn();
        var folder = new RunFolder(Path.Combine(disk.Path, "runs 100%? #1"), run.Folder.RunId);
        Directory.CreateDirectory(folder.Path);
        File.Copy(run.Folder.Journal, folder.Journal);
        disk.ReadOnly();

        var state = RunReader.Read(folder, new JournalSettings());
        disk.Writable();

        Assert.Equal(RunStatus.Completed, state!.Status);
    }

    [Fact]
    public async Task A_journal_whose_last_part_can_only_be_read_with_the_right_to_write_says_so()
    {
        using var disk = SmallDisk.Mount("4m");
        using var run = new EngineRun();
        await run.GoOn();
        var folder = new RunFolder(disk.Path, run.Folder.RunId);
        Directory.CreateDirectory(folder.Path);
        using (var open = new SqliteConnection($"Data Source={run.Folder.Journal};Pooling=False"))
        {
            open.Open();
            using var command = open.CreateCommand();
            command.CommandText = "create table more (x integer)";
            command.ExecuteNonQuery();
            File.Copy(run.Folder.Journal, folder.Journal);
            File.Copy(run.Folder.Journal + "-wal", folder.Journal + "-wal");
        }

        disk.ReadOnly();
        var refused = Assert.Throws<BadInputException>(() => RunReader.Read(folder, new JournalSettings()));
        disk.Writable();

        Assert.Contains($"part of it is in {folder.Journal}-wal", refused.Message);
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("Host=db;Password=x;hunter2=3")]
    [InlineData("Host=db;Port=hunter2")]
    [InlineData("")]
    public void A_connection_string_that_is_none_is_one_sentence_that_does_not_show_it(string text)
    {
        using var folder = new TemporaryFolder();

        var refused = Assert.Throws<BadInputException>(() => RunReader.Read(new RunFolder(folder.Path, "one"), new JournalSettings { Provider = "postgres", ConnectionString = text }));

        Assert.StartsWith("fer.journal.connection-string is ", refused.Message);
        Assert.DoesNotContain("hunter2", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    internal static void Sql(RunFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder.Journal};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
