using System.Text;

namespace Fer.Host.Settings;

/// <summary>A place in a HOCON text, its line, and what was written of it so far for Akka's parser.</summary>
internal abstract class HoconCursor(string original, string source)
{
    private readonly string text = original.ReplaceLineEndings("\n");
    private readonly StringBuilder written = new();
    private int at;

    /// <summary>The text for Akka's parser.</summary>
    public string Mended => written.ToString();

    protected string Source { get; } = source;

    protected int Line { get; private set; } = 1;

    /// <summary>The character here; NUL at the end.</summary>
    protected char Now => at < text.Length ? text[at] : '\0';

    protected int Place => at;

    protected bool Starts(string s) => at < text.Length && string.CompareOrdinal(text, at, s, 0, s.Length) == 0;

    protected string Since(int place) => text[place..at];

    protected void Skip() => at++;

    protected void Copy() => written.Append(text[at++]);

    protected void Write(string s) => written.Append(s);

    /// <summary>Passes over a quoted text and gives what is inside.</summary>
    protected string Quoted()
    {
        var (start, opened) = (at, Line);
        var triple = Starts("\"\"\"");
        var mark = triple ? "\"\"\"" : "\"";
        at += mark.Length;
        while (!Starts(mark))
        {
            if (Now == '\0' || (Now == '\n' && !triple))
            {
                throw Wrong(opened, "a quotation mark is never closed.");
            }

            Line += Now == '\n' ? 1 : 0;
            at += Now == '\\' && !triple ? 2 : 1;
        }

        at += mark.Length;
        return text[(start + mark.Length)..(at - mark.Length)];
    }

    /// <summary>Passes over white space, new lines and comments; comments are not copied.</summary>
    protected void Blank()
    {
        while (true)
        {
            if (Now is ' ' or '\t' or '\n' or '\uFEFF')
            {
                Line += Now == '\n' ? 1 : 0;
                Copy();
            }
            else if (Now == '#' || Starts("//"))
            {
                while (Now is not ('\n' or '\0'))
                {
                    at++;
                }
            }
            else
            {
                return;
            }
        }
    }

    protected void Spaces()
    {
        while (Now is ' ' or '\t')
        {
            Copy();
        }
    }

    /// <summary>The last character written that is no white space; an opening brace when there is none.</summary>
    protected char Previous()
    {
        for (var i = written.Length - 1; i >= 0; i--)
        {
            if (!char.IsWhiteSpace(written[i]))
            {
                return written[i];
            }
        }

        return '{';
    }

    /// <summary>What stands here, for a sentence.</summary>
    protected string Shown()
    {
        var end = text.IndexOf('\n', at);
        var rest = Secrets.Masked(text[at..(end < 0 ? text.Length : end)]).Trim();
        return rest.Length == 0 ? "the end of the line" : rest.Length <= 20 ? rest : rest[..20] + "…";
    }

    protected SettingsException Wrong(int where, string sentence) => new([new SettingProblem("", Source, where, sentence)]);
}
