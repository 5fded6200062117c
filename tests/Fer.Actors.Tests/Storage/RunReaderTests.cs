using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
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
    public void A_run_without_a_journal_has_no_state()
    {
        using var folder = new TemporaryFolder();

        Assert.Null(RunReader.Read(new RunFolder(folder.Path, "new"), new JournalSettings()));
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
