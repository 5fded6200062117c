using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fer.Models;

namespace Fer.Actors.Storage;

/// <summary>The one way this project writes its records as JSON.</summary>
public static class Json
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        // A class that nothing was predicted for has no precision: figures may be NaN.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Omit } },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"Expected a {typeof(T).Name}, found null.");

    private static void Omit(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider?.GetCustomAttributes(typeof(OmittedAtAttribute), inherit: false) is [OmittedAtAttribute omitted])
            {
                property.ShouldSerialize = (_, value) => !Equals(value, omitted.Value);
            }
        }
    }
}
