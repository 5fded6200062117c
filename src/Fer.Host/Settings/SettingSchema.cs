using System.Collections.Immutable;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Serialization;

namespace Fer.Host.Settings;

/// <summary>This record's settings stand in the block around it, without a key of their own.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InlineAttribute : Attribute;

/// <summary>One key of the settings, as its record declares it.</summary>
/// <param name="Path">Full key, <c>fer.gan.batch</c>.</param>
/// <param name="Property">What holds it.</param>
/// <param name="Default">The value it has when no file names it.</param>
internal sealed record Setting(string Path, PropertyInfo Property, object Default)
{
    public string Description => Property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";

    public bool IsSecret => SettingKey.IsSecret(Path[(Path.LastIndexOf('.') + 1)..]);
}

/// <summary>What keys a settings record has, by reflection.</summary>
internal static class SettingSchema
{
    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string);

    public static bool IsInline(PropertyInfo property) => property.IsDefined(typeof(InlineAttribute));

    /// <summary>A record's own settings, in the order of its code; what is computed or hidden from JSON is none.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type record) => record
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.SetMethod is not null && !p.IsDefined(typeof(JsonIgnoreAttribute)))
        .OrderBy(p => p.MetadataToken);

    /// <summary>Every key below a record, deep, with the record's own values.</summary>
    public static IEnumerable<Setting> All(object record, string path)
    {
        foreach (var property in Properties(record.GetType()))
        {
            var value = property.GetValue(record)!;
            var key = IsInline(property) ? path : $"{path}.{SettingKey.Of(property.Name)}";
            if (IsRecord(property.PropertyType))
            {
                foreach (var below in All(value, key))
                {
                    yield return below;
                }
            }
            else
            {
                yield return new Setting(key, property, value);
            }
        }
    }

    /// <summary>Keys that may stand directly in a record's block: key → property and the chain of inline records that lead to it.</summary>
    public static Dictionary<string, ImmutableArray<PropertyInfo>> Keys(Type record)
    {
        var keys = new Dictionary<string, ImmutableArray<PropertyInfo>>(StringComparer.Ordinal);
        foreach (var property in Properties(record))
        {
            if (!IsInline(property))
            {
                keys.Add(SettingKey.Of(property.Name), [property]);
                continue;
            }

            foreach (var (key, chain) in Keys(property.PropertyType))
            {
                keys.Add(key, [property, .. chain]);
            }
        }

        return keys;
    }
}
