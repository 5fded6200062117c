using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>
/// The id of a run that goes on from a round of another, where none is given: <c>demo-r1-3fa2c1</c>, of a trial <c>search-0007-r1-3fa2c1</c>. It says whose it
/// is and from which round; the digits tell forks apart, and are the same for the same settings, so that the same command goes on with what it began.
/// </summary>
internal static partial class ForkId
{
    /// <summary>So many characters of the other's name are kept: what is longer says its beginning and its end, where a trial has its number.</summary>
    private const int MostOfParent = 32;

    private const int Digits = 6;

    /// <param name="parent">The other run. Of a fork only what it was first forked from is named, else ids grow with every generation; nor when it was begun, which the fork's report tells.</param>
    /// <param name="round">The last round that is taken over.</param>
    /// <param name="settings">What the fork computes, and how.</param>
    public static string Of(string parent, int round, FerSettings settings)
    {
        var root = Begun().Replace(Own().Replace(parent, ""), "");
        if (root.Length > MostOfParent)
        {
            root = $"{root[..(MostOfParent / 2)].TrimEnd('-', '.', '_')}--{root[^(MostOfParent / 2 - 2)..].TrimStart('-', '.', '_')}";
        }

        var told = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{parent}@{round}\n{SettingsText.Whole(settings)}")));
        return string.Create(CultureInfo.InvariantCulture, $"{root}-r{round}-{Convert.ToHexStringLower(told)[..Digits]}");
    }

    [GeneratedRegex(@"(?<=.)-r[0-9]+-[0-9a-f]{6}\z")]
    private static partial Regex Own();

    // As ids have it that are made of a configuration's name and the time.
    [GeneratedRegex(@"(?<=.)-[0-9]{8}-[0-9]{6}(?=-|\z)")]
    private static partial Regex Begun();
}
