using System.Text.RegularExpressions;

namespace Fer.Host.Settings;

/// <summary>Keeps passwords out of what is printed, logged and written.</summary>
public static partial class Secrets
{
    /// <summary>Stands where a secret was.</summary>
    public const string Mask = "***";

    /// <summary>
    /// A text with what is between <c>://</c> and <c>@</c> in its addresses, and the value after <c>password=</c> and its like, masked.
    /// To be called before a text is cut: half an address is not known as one. Rather masks too much than too little.
    /// </summary>
    public static string Masked(string text) => Password().Replace(MaskedAddresses(text), $"$1{Mask}");

    /// <summary>The same for addresses alone; the rest of the text keeps its meaning.</summary>
    public static string MaskedAddresses(string text) => User().Replace(text, $"://{Mask}@");

    /// <summary>Whether an address has a part that should not be shown.</summary>
    public static bool IsIn(string address) => User().IsMatch(address);

    // To the last @ of the word: who wrote a password into an address did not always escape it.
    [GeneratedRegex("""://[^\s"']*@""")]
    private static partial Regex User();

    [GeneratedRegex("""(?i)(\b(?:password|passwd|passphrase|pwd|passfile|api-?key)\s*[=:]\s*)("[^"\n]*"|[^;"'\n]+)""")]
    private static partial Regex Password();
}
