using System.Text;

namespace Fer.Host.Settings;

/// <summary>Names of settings: <c>ThreadsPerSlot</c> in code is <c>threads-per-slot</c> in a file.</summary>
internal static class SettingKey
{
    public static string Of(string property)
    {
        var key = new StringBuilder();
        for (var i = 0; i < property.Length; i++)
        {
            // A new word: a capital after a small letter, or the last capital of an acronym (IPPort → ip-port).
            var starts = char.IsUpper(property[i]) && i > 0
                && (!char.IsUpper(property[i - 1]) || (i + 1 < property.Length && char.IsLower(property[i + 1])));
            key.Append(starts ? "-" : "").Append(char.ToLowerInvariant(property[i]));
        }

        return key.ToString();
    }

    /// <summary>Values under these keys are never printed.</summary>
    public static bool IsSecret(string key) => key is "connection-string" or "api-key" or "password";
}
