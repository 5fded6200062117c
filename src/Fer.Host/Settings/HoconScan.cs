using System.Text;

namespace Fer.Host.Settings;

/// <summary>
/// Looks a HOCON text over before Akka's parser reads it, because that parser takes a missing brace for the end, two
/// settings on a line for one, and overflows its stack on a reference to itself. Gives the text back with every plain
/// value in quotes, so that nothing in it can be read in two ways, and the line of each key.
/// </summary>
internal sealed class HoconScan
{
    private readonly string text;
    private readonly string source;
    private readonly StringBuilder mended = new();
    private readonly Stack<string> path = new();
    private int at;
    private int line = 1;

    private HoconScan(string text, string source)
    {
        this.text = text.ReplaceLineEndings("\n");
        this.source = source;
    }

    /// <summary>Line of each key by its full path.</summary>
    public Dictionary<string, int> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>The text for Akka's parser.</summary>
    public string Mended => mended.ToString();

    /// <summary>Throws <see cref="SettingsException"/> with the first place that is no HOCON, or HOCON that means something else than it seems.</summary>
    public static HoconScan Read(string text, string source)
    {
        var scan = new HoconScan(text, source);
        scan.File();
        return scan;
    }

    private char Now => at < text.Length ? text[at] : '\0';

    private bool Starts(string s) => at < text.Length && string.CompareOrdinal(text, at, s, 0, s.Length) == 0;

    private void File()
    {
        Blank();
        if (Now == '{')
        {
            Block();
            Blank();
            if (Now != '\0')
            {
                throw Wrong(line, $"'{Now}' comes after the last closing brace.");
            }
        }
        else
        {
            Members('\0', 0);
        }
    }

    private void Block()
    {
        var opened = line;
        Copy();
        Members('}', opened);
        Copy();
    }

    private void Members(char end, int opened)
    {
        while (true)
        {
            Blank();
            if (Now == end)
            {
                return;
            }

            if (Now == '\0')
            {
                throw Wrong(opened, $"the brace {{ opened here is never closed; add a }}.");
            }

            if (Now == ',' && mended.Length > 0 && Previous() is not ('{' or ','))
            {
                Copy();
                continue;
            }

            Member();
        }
    }

    private void Member()
    {
        var (key, keyLine) = (Key(), line);
        var depth = path.Count;
        foreach (var part in key.Split('.'))
        {
            path.Push(part);
        }

        var full = string.Join('.', path.Reverse());
        Lines[full] = keyLine;
        Spaces();
        switch (Now)
        {
            case '{':
                BlockValue();
                break;
            case '=' or ':':
                Copy();
                Blank();
                Value(full);
                break;
            case '+' when Starts("+="):
                throw Wrong(line, $"{full}: += is not supported; write the whole list.");
            default:
                throw Wrong(keyLine, $"after the key '{full}' comes '{Shown()}', expected =, : or {{.");
        }

        while (path.Count > depth)
        {
            path.Pop();
        }
    }

    private string Key()
    {
        var start = at;
        if (Now == '"')
        {
            var quoted = Quoted();
            mended.Append(text, start, at - start);
            return quoted;
        }

        while (char.IsAsciiLetterOrDigit(Now) || Now is '-' or '_' or '.')
        {
            at++;
        }

        var key = text[start..at];
        if (key.Length == 0 || key.StartsWith('.') || key.EndsWith('.') || key.Contains("..", StringComparison.Ordinal))
        {
            throw Wrong(line, Now == '}' ? "a closing brace } too many." : $"'{Shown()}' stands where a key was expected.");
        }

        if (key == "include" && Now is ' ' or '\t' && text[at..].TrimStart().StartsWith('"'))
        {
            throw Wrong(line, "include is not supported; write the settings into this file.");
        }

        mended.Append(key);
        return key;
    }

    private void Value(string key)
    {
        switch (Now)
        {
            case '{':
                BlockValue();
                break;
            case '[':
                Array(key);
                EndOfValue(key);
                break;
            default:
                Scalar(key, inList: false);
                break;
        }
    }

    private void BlockValue()
    {
        Block();
        Spaces();
        if (Now == ',')
        {
            // Akka's parser refuses the comma, HOCON allows it.
            at++;
            mended.Append('\n');
        }
        else
        {
            EndOfValue(string.Join('.', path.Reverse()));
        }
    }

    private void Array(string key)
    {
        var opened = line;
        Copy();
        while (true)
        {
            Blank();
            switch (Now)
            {
                case ']':
                    Copy();
                    return;
                case ',':
                    Copy();
                    break;
                case '\0' or '}' or '=':
                    throw Wrong(opened, $"{key}: the bracket [ opened here is never closed; add a ].");
                case '{' or '[':
                    throw Wrong(line, $"{key}: a list holds plain values only.");
                default:
                    Scalar(key, inList: true);
                    break;
            }
        }
    }

    private void Scalar(string key, bool inList)
    {
        var start = at;
        if (Starts("${"))
        {
            throw Wrong(line, $"{key}: ${{…}} is not supported; write the value out (secrets may come from the environment, see reference.conf).");
        }

        if (Now == '"')
        {
            Quoted();
            mended.Append(text, start, at - start);
            EndOfValue(key, inList);
            return;
        }

        while (Now is not ('\0' or '\n' or ',' or '}' or ']' or '{' or '[' or '"' or '#') && !Starts("//"))
        {
            if (Now is '=' || Starts("${"))
            {
                throw Wrong(line, $"{key}: '{text[start..at].Trim()} {Now}…' cannot stand without quotes; put each setting on its own line, or quote the value.");
            }

            at++;
        }

        var value = text[start..at].Trim();
        if (Starts("//") && at > start && text[at - 1] == ':')
        {
            throw Wrong(line, $"{key}: an address such as {value}//… needs quotes, because // starts a comment.");
        }

        if (value.Length == 0)
        {
            throw Wrong(line, $"{key} has no value.");
        }

        mended.Append('"').Append(value.Replace("\\", "\\\\", StringComparison.Ordinal)).Append('"');
        EndOfValue(key, inList);
    }

    private void EndOfValue(string key, bool inList = false)
    {
        Spaces();
        if (Now is '\0' or '\n' or ',' or '#' || Now == (inList ? ']' : '}') || Starts("//"))
        {
            return;
        }

        throw Wrong(line, Now switch
        {
            ']' => $"{key}: a closing bracket ] too many.",
            '}' => $"{key}: the list is not closed; add a ].",
            _ => $"{key}: '{Shown()}' follows its value; expected a new line or a comma.",
        });
    }

    /// <summary>Passes over a quoted text and gives what is inside.</summary>
    private string Quoted()
    {
        var (start, opened) = (at, line);
        var triple = Starts("\"\"\"");
        var mark = triple ? "\"\"\"" : "\"";
        at += mark.Length;
        while (!Starts(mark))
        {
            if (Now == '\0' || (Now == '\n' && !triple))
            {
                throw Wrong(opened, "a quotation mark is never closed.");
            }

            line += Now == '\n' ? 1 : 0;
            at += Now == '\\' && !triple ? 2 : 1;
        }

        at += mark.Length;
        return text[(start + mark.Length)..(at - mark.Length)];
    }

    /// <summary>Passes over white space, new lines and comments; comments are not copied.</summary>
    private void Blank()
    {
        while (true)
        {
            if (Now is ' ' or '\t' or '\n' or '\uFEFF')
            {
                line += Now == '\n' ? 1 : 0;
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

    private void Spaces()
    {
        while (Now is ' ' or '\t')
        {
            Copy();
        }
    }

    private void Copy() => mended.Append(text[at++]);

    private char Previous()
    {
        for (var i = mended.Length - 1; i >= 0; i--)
        {
            if (!char.IsWhiteSpace(mended[i]))
            {
                return mended[i];
            }
        }

        return '{';
    }

    private string Shown()
    {
        var end = text.IndexOf('\n', at);
        var rest = text[at..(end < 0 ? text.Length : end)].Trim();
        return rest.Length == 0 ? "the end of the line" : rest.Length <= 20 ? rest : rest[..20] + "…";
    }

    private SettingsException Wrong(int where, string sentence) => new([new SettingProblem("", source, where, sentence)]);
}
