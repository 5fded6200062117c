using System.Collections.Immutable;
using System.Reflection;

namespace Fer.Host.Settings;

/// <summary>Fills settings records from a tree of values, and gathers everything that is wrong with it.</summary>
internal sealed class SettingReader(List<SettingProblem> problems)
{
    private const int Shown = 60;

    /// <summary>A record with its defaults, changed where the block says so.</summary>
    public object Read(Type record, BlockNode block, string path)
    {
        var result = Activator.CreateInstance(record)!;
        Fill(result, block, path);
        return result;
    }

    private void Fill(object record, BlockNode block, string path)
    {
        var keys = SettingSchema.Keys(record.GetType());
        foreach (var (key, node) in block.Members)
        {
            var full = path.Length == 0 ? key : $"{path}.{key}";
            if (!keys.TryGetValue(key, out var chain))
            {
                problems.Add(new SettingProblem(Secrets.Masked(full), node.Source, node.Line, Unknown(key, path, keys.Keys)));
                continue;
            }

            Put(Owner(record, chain), chain[^1], node, full);
        }
    }

    private void Put(object owner, PropertyInfo property, SettingNode node, string path)
    {
        if (SettingSchema.IsRecord(property.PropertyType))
        {
            if (node is BlockNode block)
            {
                property.SetValue(owner, Read(property.PropertyType, block, path));
            }
            else
            {
                problems.Add(new SettingProblem(path, node.Source, node.Line, $"found {Words(node, path)}, expected a block {{ … }} of settings."));
            }

            return;
        }

        var (value, expected) = SettingValue.Read(property, node);
        if (value is null)
        {
            problems.Add(new SettingProblem(path, node.Source, node.Line, $"found {Words(node, path)}, expected {expected}."));
        }
        else
        {
            property.SetValue(owner, value);
        }
    }

    // Each inline record is this read's own copy, so writing into it changes no default.
    private static object Owner(object record, ImmutableArray<PropertyInfo> chain) =>
        chain[..^1].Aggregate(record, (owner, step) => step.GetValue(owner)!);

    private static string Unknown(string key, string path, IEnumerable<string> known)
    {
        var nearest = Spelling.Nearest(key, known);
        return nearest is null
            ? $"there is no such setting; {(path.Length == 0 ? "the file" : path)} knows {string.Join(", ", known)}."
            : $"there is no such setting; did you mean {nearest}?";
    }

    private static string Cut(string text) => text.Length <= Shown ? text : text[..Shown] + "…";

    private static string Words(SettingNode node, string path) => node switch
    {
        _ when SettingKey.IsSecret(path[(path.LastIndexOf('.') + 1)..]) => "something that is not shown",
        TextNode { Text: "" } => "an empty text",
        TextNode t => $"'{Cut(Secrets.Masked(t.Text))}'",
        ListNode l => $"the list [{string.Join(", ", l.Items.Select(Secrets.Masked))}]",
        _ => "a block { … }",
    };
}
