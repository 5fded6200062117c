namespace Fer.Host.Settings;

/// <summary>
/// Looks a HOCON text over before Akka's parser reads it, because that parser takes a missing brace for the end, two
/// settings on a line for one, and overflows its stack on a reference to itself. Gives the text back with every plain
/// value in quotes, so that nothing in it can be read in two ways, and the line of each key.
/// </summary>
internal sealed class HoconScan : HoconCursor
{
    private readonly Stack<string> path = new();
    private HoconScan(string text, string source) : base(text, source)
    {
    }

    /// <summary>Values that cannot be taken though the text around them can be read on, by their keys' full paths.</summary>
    public List<SettingProblem> Problems { get; } = [];

    /// <summary>Line of each key by its full path.</summary>
    public Dictionary<string, int> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Throws <see cref="SettingsException"/> with the first place that is no HOCON, or HOCON that means something else than it
    /// seems, and with the <see cref="Problems"/> before it.
    /// </summary>
    public static HoconScan Read(string text, string source)
    {
        var scan = new HoconScan(text, source);
        try
        {
            scan.File();
        }
        catch (SettingsException e) when (scan.Problems.Count > 0)
        {
            throw new SettingsException([.. scan.Problems, .. e.Problems]);
        }

        return scan;
    }

    private void File()
    {
        Blank();
        if (Now == '{')
        {
            Block();
            Blank();
            if (Now != '\0')
            {
                throw Wrong(Line, $"'{Now}' comes after the last closing brace.");
            }
        }
        else
        {
            Members('\0', 0);
        }
    }

    private void Block()
    {
        var opened = Line;
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

            if (Now == ',' && Previous() is not ('{' or ','))
            {
                Copy();
                continue;
            }

            Member();
        }
    }

    private void Member()
    {
        var (key, keyLine) = (Key(), Line);
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
                throw Wrong(Line, $"{full}: += is not supported; write the whole list.");
            default:
                throw Wrong(keyLine, $"after the key '{full}' comes {Found(full, Shown())}, expected =, : or {{.");
        }

        while (path.Count > depth)
        {
            path.Pop();
        }
    }

    private string Key()
    {
        var start = Place;
        if (Now == '"')
        {
            var quoted = Quoted();
            Write(Since(start));
            return quoted;
        }

        while (char.IsAsciiLetterOrDigit(Now) || Now is '-' or '_' or '.')
        {
            Skip();
        }

        var key = Since(start);
        if (key.Length == 0 || key.StartsWith('.') || key.EndsWith('.') || key.Contains("..", StringComparison.Ordinal))
        {
            throw Wrong(Line, Now == '}' ? "a closing brace } too many." : $"'{Shown()}' stands where a key was expected.");
        }

        if (key == "include" && Now is ' ' or '\t' && Shown().StartsWith('"'))
        {
            throw Wrong(Line, "include is not supported; write the settings into this file.");
        }

        Write(key);
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
            Skip();
            Write("\n");
        }
        else
        {
            EndOfValue(string.Join('.', path.Reverse()));
        }
    }

    private void Array(string key)
    {
        var opened = Line;
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
                    throw Wrong(Line, $"{key}: a list holds plain values only.");
                default:
                    Scalar(key, inList: true);
                    break;
            }
        }
    }

    private void Scalar(string key, bool inList)
    {
        var start = Place;
        if (Now == '"')
        {
            Quoted();
            Write(Since(start));
            EndOfValue(key, inList);
            return;
        }

        while (Now is not ('\0' or '\n' or ',' or '}' or ']' or '{' or '[' or '"' or '#') && !Starts("//"))
        {
            if (Starts("${"))
            {
                Write("\"\"");
                Substitution(key, inList);
                return;
            }

            if (Now is '=')
            {
                throw Wrong(Line, $"{key}: {Found(key, $"{Secrets.Masked(Since(start).Trim())} {Now}…")} cannot stand without quotes; put each setting on its own line, or quote the value.");
            }

            Skip();
        }

        var value = Since(start).Trim();
        if (Starts("//") && Since(start).EndsWith(':'))
        {
            throw Wrong(Line, $"{key}: an address such as {value}//… needs quotes, because // starts a comment.");
        }

        if (value.Length == 0)
        {
            throw Wrong(Line, $"{key} has no value.");
        }

        Write($"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal)}\"");
        EndOfValue(key, inList);
    }

    private static string Found(string key, string text) =>
        SettingKey.IsSecret(key[(key.LastIndexOf('.') + 1)..]) ? "something that is not shown" : $"'{text}'";

    /// <summary>Notes it and passes over the rest of the value: what else is wrong is wanted, too.</summary>
    private void Substitution(string key, bool inList)
    {
        if (!Problems.Exists(p => p.Path == key && p.Line == Line))
        {
            Problems.Add(new SettingProblem(key, Source, Line, "${…} is not supported; write the value out (secrets may come from the environment, see reference.conf)."));
        }

        var open = 0;
        while (Now is not ('\0' or '\n' or '#') && !Starts("//") && (open > 0 || Now is not (',' or '}') && (Now != ']' || !inList)))
        {
            open += Now is '{' or '[' ? 1 : Now is '}' or ']' ? -1 : 0;
            Skip();
        }
    }

    private void EndOfValue(string key, bool inList = false)
    {
        Spaces();
        if (Starts("${"))
        {
            Substitution(key, inList);
        }

        if (Now is '\0' or '\n' or ',' or '#' || Now == (inList ? ']' : '}') || Starts("//"))
        {
            return;
        }

        throw Wrong(Line, Now switch
        {
            ']' => $"{key}: a closing bracket ] too many.",
            '}' => $"{key}: the list is not closed; add a ].",
            _ => $"{key}: {Found(key, Shown())} follows its value; expected a new line or a comma.",
        });
    }
}
