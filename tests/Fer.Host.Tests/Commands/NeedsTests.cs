using Fer.Host.Commands;
using Fer.Models;

namespace Fer.Host.Tests.Commands;

public class NeedsTests
{
    [Theory]
    [InlineData("report x")]
    [InlineData("export x --to y")]
    [InlineData("compare x y")]
    [InlineData("pause x")]
    [InlineData("cancel x")]
    [InlineData("worker --lane x --device cpu:0 --threads 1")]
    [InlineData("run x")]
    [InlineData("resume x")]
    [InlineData("demo")]
    [InlineData("trace x")]
    [InlineData("verify x")]
    [InlineData("evaluate x --data y")]
    public async Task Where_libtorch_is_missing_a_command_that_needs_it_says_so_before_anything_else(string line)
    {
        var (code, output, error) = await Fer.Run(Without(Library.Torch), line.Split(' '));

        Assert.Equal((ExitCode.BadInput, "", "Torch cannot be loaded."), (code, output, error.TrimEnd()));
    }

    [Theory]
    [InlineData("report x")]
    [InlineData("export x --to y")]
    [InlineData("data inspect x")]
    public async Task Where_OpenCV_is_missing_a_command_that_draws_says_so_before_anything_else(string line)
    {
        var (code, output, error) = await Fer.Run(Without(Library.OpenCv), line.Split(' '));

        Assert.Equal((ExitCode.BadInput, "", "OpenCv cannot be loaded."), (code, output, error.TrimEnd()));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("run --help")]
    [InlineData("report --help")]
    [InlineData("data inspect --help")]
    public async Task Help_is_shown_where_every_library_is_missing(string line)
    {
        var (code, _, error) = await Fer.Run(Without(Library.Torch | Library.OpenCv | Library.Sqlite), line.Split(' '));

        Assert.Equal((ExitCode.Done, ""), (code, error));
    }

    private static Action<Library> Without(Library missing) => asked =>
    {
        if ((asked & missing) != Library.None)
        {
            throw new BadInputException($"{asked & missing} cannot be loaded.");
        }
    };
}
