using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Fer.Actors.Sweeps.Search;

namespace Fer.Host.Settings;

/// <summary>Reads <c>fer.sweep.space</c>: a setting's key, and the values that it takes.</summary>
internal sealed class SpaceReader(List<SettingProblem> problems)
{
    public const string Path = "fer.sweep.space";

    private const string Expected = "a list of values, or a block with one of choice = […], uniform = [LOW, HIGH], log-uniform = [LOW, HIGH], integer = [LOW, HIGH], log-integer = [LOW, HIGH]";

    private static readonly string[] Kinds = ["choice", "uniform", "log-uniform", "integer", "log-integer"];

    // A list of values for each has no range to divide.
    private static readonly Dictionary<string, string[]> WithKinds = new(StringComparer.Ordinal) { ["step"] = ["integer"], ["points"] = ["uniform", "log-uniform", "log-integer"] };

    private const int MostPoints = 1_000_000;

    // What a trial computes; where and how it is computed is no question of a sweep's.
    private readonly Dictionary<string, PropertyInfo> known = SettingSchema.All(new FerSettings().Job, FerConfig.Root).ToDictionary(s => s.Path[(FerConfig.Root.Length + 1)..], s => s.Property, StringComparer.Ordinal);

    /// <summary>Axes in the order of the file.</summary>
    public SearchSpace Read(BlockNode space)
    {
        var axes = new List<(int Line, Axis Axis)>();
        Walk(space, "", axes);
        return new SearchSpace([.. axes.OrderBy(a => a.Line).Select(a => a.Axis)]);
    }

    private void Walk(BlockNode block, string path, List<(int Line, Axis Axis)> axes)
    {
        foreach (var (key, node) in block.Members)
        {
            var full = path.Length == 0 ? key : $"{path}.{key}";
            switch (node)
            {
                case BlockNode below when !below.Members.Keys.Any(Kinds.Contains):
                    Walk(below, full, axes);
                    break;
                case BlockNode or ListNode when !known.ContainsKey(full):
                    var nearest = Spelling.Nearest(full, known.Keys);
                    problems.Add(new SettingProblem($"{Path}.{full}", node.Source, node.Line, $"there is no such setting of a run{(nearest is null ? "." : $"; did you mean {nearest}?")}"));
                    break;
                case ListNode values:
                    Add(Choice(full, values, null), values);
                    break;
                case BlockNode axis:
                    Add(Axis(full, axis), axis);
                    break;
                default:
                    problems.Add(new SettingProblem($"{Path}.{full}", node.Source, node.Line, $"expected {Expected}."));
                    break;
            }

            void Add(Axis? axis, SettingNode at)
            {
                if (axis is not null)
                {
                    axes.Add((at.Line, axis));
                }
            }
        }
    }

    private Axis? Axis(string key, BlockNode block)
    {
        if (block.Members.Keys.FirstOrDefault(k => !Kinds.Contains(k) && k is not ("step" or "points" or "when")) is { } unknown)
        {
            problems.Add(new SettingProblem($"{Path}.{key}.{unknown}", block.Members[unknown].Source, block.Members[unknown].Line, $"expected {Expected}, with step, points or when beside it."));
            return null;
        }

        if (block.Members.Keys.Where(Kinds.Contains).ToList() is not [var kind])
        {
            problems.Add(new SettingProblem($"{Path}.{key}", block.Source, block.Line, $"found {string.Join(" and ", block.Members.Keys.Where(Kinds.Contains))}, expected one of them."));
            return null;
        }

        if (WithKinds.FirstOrDefault(w => block.Members.ContainsKey(w.Key) && !w.Value.Contains(kind)) is { Key: { } beside, Value: var kinds })
        {
            problems.Add(new SettingProblem($"{Path}.{key}.{beside}", block.Members[beside].Source, block.Members[beside].Line, $"stands beside {kind}, expected it beside {string.Join(" or ", kinds)} alone."));
            return null;
        }

        var when = When(key, block);
        if (block.Members[kind] is not ListNode values)
        {
            problems.Add(new SettingProblem($"{Path}.{key}.{kind}", block.Source, block.Members[kind].Line, "expected a list, such as [1, 2]."));
            return null;
        }

        return kind == "choice" ? Choice(key, values, when) : Range(key, kind, values, block, when);
    }

    private ChoiceAxis? Choice(string key, ListNode values, ImmutableSortedDictionary<string, ImmutableArray<string>>? when)
    {
        var read = values.Items.Select(v => Value(key, v, values)).ToList();
        return read.Contains(null) ? null : new ChoiceAxis(key, when ?? NoCondition, [.. read.Select(v => v!)]);
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> NoCondition => ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);

    private Axis? Range(string key, string kind, ListNode values, BlockNode block, ImmutableSortedDictionary<string, ImmutableArray<string>> when)
    {
        if (values.Items is not [var low, var high] || Number(low) is not { } from || Number(high) is not { } to)
        {
            problems.Add(new SettingProblem($"{Path}.{key}.{kind}", values.Source, values.Line, $"found [{string.Join(", ", values.Items)}], expected two numbers, the lowest and the highest."));
            return null;
        }

        // Both ends must be values that the setting may have.
        if (Value(key, low, values) is null || Value(key, high, values) is null)
        {
            return null;
        }

        var points = (int?)Whole(key, block, "points", MostPoints);
        if (kind is "uniform" or "log-uniform")
        {
            return known[key].PropertyType == typeof(double)
                ? new RealAxis(key, when, from, to, kind == "log-uniform", points)
                : Problem($"is a whole number: expected {(kind == "uniform" ? "integer" : "log-integer")} = [{low}, {high}].");
        }

        return from == Math.Floor(from) && to == Math.Floor(to)
            ? new IntegerAxis(key, when, (long)from, (long)to, Whole(key, block, "step", long.MaxValue) ?? 1) { IsLog = kind == "log-integer", Points = points }
            : Problem("expected two whole numbers.");

        Axis? Problem(string sentence)
        {
            problems.Add(new SettingProblem($"{Path}.{key}", values.Source, values.Line, sentence));
            return null;
        }
    }

    private ImmutableSortedDictionary<string, ImmutableArray<string>> When(string key, BlockNode block)
    {
        var found = NoCondition.ToBuilder();
        if (block.Members.GetValueOrDefault("when") is BlockNode when)
        {
            Conditions(when, "", found);
        }
        else if (block.Members.TryGetValue("when", out var other))
        {
            problems.Add(new SettingProblem($"{Path}.{key}.when", block.Source, other.Line, "expected a block, such as { gan.kind = [conditional] }."));
        }

        return found.ToImmutable();
    }

    private void Conditions(BlockNode block, string path, ImmutableSortedDictionary<string, ImmutableArray<string>>.Builder found)
    {
        foreach (var (key, node) in block.Members)
        {
            var full = path.Length == 0 ? key : $"{path}.{key}";
            if (node is BlockNode below)
            {
                Conditions(below, full, found);
            }
            else if (!known.ContainsKey(full))
            {
                problems.Add(new SettingProblem($"{Path}.….when.{full}", node.Source, node.Line, "there is no such setting of a run."));
            }
            else
            {
                IReadOnlyList<string> values = node is ListNode list ? list.Items : [((TextNode)node).Text];
                found[full] = [.. values.Select(v => Value(full, v, node)).OfType<string>()];
            }
        }
    }

    // As it would be written in a file: 0.30 and 0.3 are one value.
    private string? Value(string key, string text, SettingNode at)
    {
        SettingNode node = text.StartsWith('[') && text.EndsWith(']')
            ? new ListNode(text[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), at.Source, at.Line)
            : new TextNode(text, at.Source, at.Line);
        var (value, expected) = SettingValue.Read(known[key], node);
        if (value is null)
        {
            problems.Add(new SettingProblem($"{Path}.{key}", at.Source, at.Line, $"found '{Secrets.Masked(text)}', expected {expected}."));
            return null;
        }

        return value is string s ? s : SettingValue.Text(value);
    }

    private long? Whole(string key, BlockNode block, string name, long most)
    {
        if (block.Members.GetValueOrDefault(name) is not { } node)
        {
            return null;
        }

        if (node is TextNode text && long.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most)
        {
            return number;
        }

        problems.Add(new SettingProblem($"{Path}.{key}.{name}", node.Source, node.Line, most == long.MaxValue ? "expected a whole number of 1 or more." : string.Create(CultureInfo.InvariantCulture, $"expected a whole number from 1 to {most}.")));
        return null;
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
