namespace Fer.Host.Settings;

/// <summary>Guesses what a mistyped word should have been.</summary>
internal static class Spelling
{
    /// <summary>The nearest known word, null when none is near: at most a third of the letters may be wrong, two letters at least.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var limit = Math.Max(2, word.Length / 3);
        return known
            .Select(k => (Word: k, Distance: Distance(word, k)))
            .Where(k => k.Distance <= limit && k.Distance < k.Word.Length)
            .OrderBy(k => k.Distance).ThenBy(k => k.Word, StringComparer.Ordinal)
            .Select(k => k.Word)
            .FirstOrDefault();
    }

    /// <summary>Letters to insert, delete, replace, or swap with a neighbour (Damerau 1964, restricted).</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
