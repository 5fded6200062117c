using System.Collections.Immutable;

namespace Fer.Models.Data;

/// <summary>The classes of an image set by name; a label is an index into it.</summary>
public sealed class LabelSpace : IEquatable<LabelSpace>
{
    public LabelSpace(IEnumerable<string> names)
    {
        Names = [.. names];
        if (Names.Length != Names.Distinct(StringComparer.Ordinal).Count())
        {
            throw new BadInputException($"A class is named twice in {string.Join(", ", Names)}.");
        }
    }

    public ImmutableArray<string> Names { get; }

    public int Count => Names.Length;

    public string this[int label] => Names[label];

    /// <summary>The label of a class name, −1 when the space lacks it.</summary>
    public int IndexOf(string name) => Names.IndexOf(name);

    public bool Equals(LabelSpace? other) => other is not null && Names.SequenceEqual(other.Names);

    public override bool Equals(object? obj) => Equals(obj as LabelSpace);

    public override int GetHashCode() => Names.Aggregate(17, (h, n) => HashCode.Combine(h, n.GetHashCode(StringComparison.Ordinal)));

    public override string ToString() => string.Join(", ", Names);
}
