using System.Text;

namespace Fer.Host.Settings;

/// <summary>One thing that is wrong with the settings.</summary>
/// <param name="Path">Full key (<c>fer.gan.batch</c>); empty when the text itself is wrong.</param>
/// <param name="Source">File name, or <c>--set</c>; empty when nobody wrote it.</param>
/// <param name="Line">Line in the file, 1 and up; 0 when there is none.</param>
/// <param name="Sentence">What was found and what is allowed, without the path.</param>
public sealed record SettingProblem(string Path, string Source, int Line, string Sentence)
{
    public override string ToString()
    {
        var text = new StringBuilder(Source);
        if (Line > 0)
        {
            text.Append(':').Append(Line);
        }

        text.Append(text.Length > 0 ? ": " : "");
        if (Path.Length > 0)
        {
            text.Append(Path).Append(": ");
        }

        return text.Append(Sentence).ToString();
    }
}

/// <summary>All that is wrong with a run's settings, found in one go.</summary>
public sealed class SettingsException(IReadOnlyList<SettingProblem> problems) : Exception(Words(problems))
{
    public IReadOnlyList<SettingProblem> Problems { get; } = problems;

    private static string Words(IReadOnlyList<SettingProblem> problems) => problems.Count == 1
        ? problems[0].ToString()
        : $"{problems.Count} settings are wrong:\n{string.Join('\n', problems.Select(p => "  " + p))}";
}
