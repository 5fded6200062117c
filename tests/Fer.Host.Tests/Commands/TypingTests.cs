using Fer.Host.Commands;

namespace Fer.Host.Tests.Commands;

public class TypingTests
{
    [Theory]
    [InlineData("rnu", "'rnu' is not a command; did you mean run? fer --help lists what is.")]
    [InlineData("swep submit x.conf", "'swep' is not a command; did you mean sweep? fer --help lists what is.")]
    [InlineData("xyzzy", "'xyzzy' is not a command; fer --help lists what is.")]
    [InlineData("run demo --dryrun", "'--dryrun' is not an option; did you mean --dry-run? fer run --help lists what is.")]
    [InlineData("data inspekt x", "'inspekt' is not a command; did you mean inspect? fer data --help lists what is.")]
    [InlineData("status one two", "'two' is not expected here; fer status --help lists what is.")]
    [InlineData("resume", "Required argument 'RUN-ID' missing for command: 'resume'. fer resume --help says more.")]
    [InlineData("evaluate one", "Option '--data' is required. fer evaluate --help says more.")]
    [InlineData("verify one --redraw many", "Cannot parse argument 'many' for option '--redraw' as expected type 'System.Int32'. fer verify --help says more.")]
    public async Task A_typing_error_is_one_sentence_with_a_guess(string line, string sentence)
    {
        var (code, output, error) = await Fer.Run(line.Split(' '));

        Assert.Equal((ExitCode.Usage, "", sentence), (code, output, error.TrimEnd()));
    }

    [Fact]
    public async Task Help_lists_every_exit_code()
    {
        var (code, output, _) = await Fer.Run("--help");

        Assert.Equal(ExitCode.Done, code);
        Assert.All(ExitCode.All, c => Assert.Contains($"{c.Code}  {c.Meaning}", output));
        Assert.DoesNotContain("worker", output);
    }

    [Theory]
    [InlineData("--help", "  host [CONFIG] ", "  status [ID] ", "  run <CONFIG> ", "  compare <RUN> <OTHER-RUN> ")]
    [InlineData("sweep --help", "  status [SWEEP-ID] ", "  watch <SWEEP-ID> ", "  retry <SWEEP-ID> <TRIAL> ")]
    public async Task Help_says_which_arguments_may_be_left_out(string line, params string[] rows)
    {
        var (_, output, _) = await Fer.Run(line.Split(' '));

        Assert.All(rows, r => Assert.Contains(r, output));
        // A run is forked in one place.
        Assert.Equal(line == "--help", output.Contains("  fork <", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("run", "The run's id")]
    [InlineData("submit", "The run's id")]
    [InlineData("sweep submit", "The sweep's id")]
    [InlineData("fork", "The new run's id")]
    public async Task What_an_id_is_for_is_said_in_the_same_words_wherever_one_may_be_given(string line, string whose)
    {
        var (_, output, _) = await Fer.Run([.. line.Split(' '), "--help"]);

        // Help is broken into lines as the terminal is wide.
        Assert.Contains($"{whose}, by which every command names it", string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("run nope", "demo, fer2013, fer2013-study, fer2013-tenth, kill, levers-demo")]
    [InlineData("sweep submit nope", "sweep-demo")]
    [InlineData("host nope", "cluster")]
    public async Task A_configuration_that_does_not_exist_is_answered_by_those_that_the_command_can_take(string line, string names)
    {
        var (code, _, error) = await Fer.Run(line.Split(' '));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Equal($"There is no configuration 'nope': expected a file, or the name of one that comes with the program ({names}).", error.TrimEnd());
    }

    [Fact]
    public async Task Without_anything_help_is_shown() => Assert.Contains("demo", (await Fer.Run()).Output);
}
