using Fer.Actors.Storage;
using Fer.Models;

namespace Fer.Actors.Tests.Storage;

public sealed class RunFolderTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("fer2013-tenth_1.2")]
    [InlineData("2026-03-01")]
    public void Plain_names_are_run_ids(string id) => Assert.Equal(Path.Combine(Path.GetFullPath("runs"), id), new RunFolder("runs", id).Path);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("../elsewhere")]
    [InlineData("a/b")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void What_could_lead_out_of_the_runs_folder_is_no_run_id(string id) =>
        Assert.Contains($"'{id}' is no run id", Assert.Throws<BadInputException>(() => new RunFolder("runs", id)).Message);

    [Fact]
    public void A_run_id_ends_where_its_line_ends() => Assert.Throws<BadInputException>(() => new RunFolder("runs", "run\n"));
}
