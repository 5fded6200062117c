using System.Collections.Immutable;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Evaluation;

namespace Fer.Models.Tests.Evaluation;

/// <summary>Tables and figures that <c>reference/make_reference.py</c> made with numpy, scipy and scikit-learn.</summary>
internal static class Reference
{
    public static JsonElement Root { get; } = Open();

    public static Predictions First { get; } = Table("first");

    public static Predictions Second { get; } = Table("second");

    public static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();

    public static double[] Numbers(JsonElement of, string name) => [.. of.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    public static double[][] Rows(string name) => [.. Root.GetProperty(name).EnumerateArray().Select(r => r.EnumerateArray().Select(v => v.GetDouble()).ToArray())];

    private static Predictions Table(string logits)
    {
        var truth = Numbers(Root, "truth").Select(t => (int)t).ToImmutableArray();
        return new Predictions(
            new LabelSpace(Root.GetProperty("classes").EnumerateArray().Select(c => c.GetString()!)),
            [.. truth.Select((_, i) => $"image-{i}")],
            [.. Root.GetProperty("groups").EnumerateArray().Select(g => g.GetString()!)],
            truth,
            [.. Numbers(Root, logits).Select(v => (float)v)]);
    }

    private static JsonElement Open()
    {
        using var stream = typeof(Reference).Assembly.GetManifestResourceStream("reference.json")!;
        return JsonDocument.Parse(stream).RootElement;
    }
}
