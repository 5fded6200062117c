namespace Fer.Host.Settings;

/// <summary>A value as it was written, before it is known what it should be, and where it stands.</summary>
public abstract record SettingNode(string Source, int Line);

public sealed record TextNode(string Text, string Source, int Line) : SettingNode(Source, Line);

public sealed record ListNode(IReadOnlyList<string> Items, string Source, int Line) : SettingNode(Source, Line);

public sealed record BlockNode(SortedDictionary<string, SettingNode> Members, string Source, int Line) : SettingNode(Source, Line)
{
    public static BlockNode Empty(string source) => new(new(StringComparer.Ordinal), source, 0);

    /// <summary>What stands at a dotted path; null when nothing does.</summary>
    public SettingNode? Find(string path)
    {
        SettingNode? at = this;
        foreach (var key in path.Split('.'))
        {
            at = (at as BlockNode)?.Members.GetValueOrDefault(key);
        }

        return at;
    }

    /// <summary>Puts a value at a dotted path, making the blocks on the way; what stood there is replaced.</summary>
    public void Set(string path, SettingNode value)
    {
        var at = this;
        var keys = path.Split('.');
        foreach (var key in keys[..^1])
        {
            if (at.Members.GetValueOrDefault(key) is not BlockNode next)
            {
                at.Members[key] = next = Empty(value.Source);
            }

            at = next;
        }

        at.Members[keys[^1]] = value;
    }
}
