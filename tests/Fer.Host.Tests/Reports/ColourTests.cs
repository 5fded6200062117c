using System.Globalization;
using System.Text.RegularExpressions;
using Fer.Host.Reports;

namespace Fer.Host.Tests.Reports;

/// <summary>The page's colours, read off its style sheet: legible in light and dark, and apart for every kind of colour vision.</summary>
public partial class ColourTests
{
    // Six arms, series 0 to 5.
    private const int Arms = 6;

    // Machado, Oliveira and Fernandes 2009, severity 1: what linear red, green and blue become.
    private static readonly Dictionary<string, double[][]> Visions = new()
    {
        ["all colours"] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        ["no red"] = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        ["no green"] = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        ["no blue"] = [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_series_and_every_text_has_contrast_enough_to_be_read(int mode)
    {
        var colours = Colours(mode);
        foreach (var name in Enumerable.Range(0, 7).Select(i => $"s{i}").Concat(["ink", "soft", "accent", "good", "bad"]))
        {
            Assert.True(Contrast(colours[name], colours["paper"]) >= 4.5, $"{name} on paper: {Contrast(colours[name], colours["paper"]):0.0}");
            Assert.True(Contrast(colours[name], colours["card"]) >= 4.5, $"{name} on card: {Contrast(colours[name], colours["card"]):0.0}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Figures_can_be_read_on_the_strongest_cell_of_a_matrix(int mode)
    {
        var colours = Colours(mode);
        for (var i = 0; i < Arms; i++)
        {
            var cell = colours[$"s{i}"].Zip(colours["paper"], (c, p) => 0.42 * c + 0.58 * p).ToArray();
            Assert.True(Contrast(colours["ink"], cell) >= 4.5, $"s{i}: {Contrast(colours["ink"], cell):0.0}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Arms_are_told_apart_with_every_kind_of_colour_vision(int mode)
    {
        var colours = Colours(mode);
        foreach (var (name, vision) in Visions)
        {
            var seen = Enumerable.Range(0, Arms).Select(i => Lab(vision, colours[$"s{i}"])).ToArray();
            for (var i = 0; i < Arms; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    // In Oklab, 0.02 is about the least that an eye sees side by side.
                    var apart = Math.Sqrt(seen[i].Zip(seen[j], (a, b) => (a - b) * (a - b)).Sum());
                    Assert.True(apart > 0.08, FormattableString.Invariant($"s{j} and s{i} are {apart:0.000} apart for {name}"));
                }
            }
        }
    }

    // The style sheet has the light colours first, then the dark ones. Channels are 0 … 1 as they are written.
    private static Dictionary<string, double[]> Colours(int mode)
    {
        var found = Variable().Matches(Style.Css).GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key, g => g.ElementAt(mode).Groups[2].Value);
        return found.ToDictionary(f => f.Key, f => Enumerable.Range(0, 3).Select(i => int.Parse(f.Value.AsSpan(2 * i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0).ToArray());
    }

    private static double Linear(double c) => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);

    private static double Luminance(double[] c) => 0.2126 * Linear(c[0]) + 0.7152 * Linear(c[1]) + 0.0722 * Linear(c[2]);

    private static double Contrast(double[] a, double[] b) => (Math.Max(Luminance(a), Luminance(b)) + 0.05) / (Math.Min(Luminance(a), Luminance(b)) + 0.05);

    private static double[] Lab(double[][] vision, double[] colour)
    {
        var linear = colour.Select(Linear).ToArray();
        var c = vision.Select(row => Math.Clamp(row.Zip(linear, (m, x) => m * x).Sum(), 0, 1)).ToArray();
        var cones = ((double[][])[[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]).Select(row => Math.Cbrt(row.Zip(c, (m, x) => m * x).Sum())).ToArray();
        return [.. ((double[][])[[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]).Select(row => row.Zip(cones, (m, x) => m * x).Sum())];
    }

    [GeneratedRegex("--([a-z0-9]+): #([0-9a-f]{6});")]
    private static partial Regex Variable();
}
