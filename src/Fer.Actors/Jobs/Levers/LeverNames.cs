using System.Globalization;
using Fer.Actors.Jobs.Refinement;

namespace Fer.Actors.Jobs.Levers;

/// <summary>Names of the screening job's steps, files and figures; the plan writes them, tables and pages read them.</summary>
public static class LeverNames
{
    public const string Job = "levers";

    /// <summary>The settings as they were given: what every lever is measured against.</summary>
    public const string Base = "base";

    /// <summary>
    /// The last step. File: <see cref="Recipe"/>. Figures: loops, seeds; base.refined.macroF1, base.control.macroF1, base.gain; and of each value tried KEY=VALUE.refined|control|gain with
    /// .delta|low|high|standardError (macro F1, share of 1, against the base; gain is refined less control of the value itself), KEY=VALUE.taken (1 or 0).
    /// </summary>
    public const string Screen = "screen";

    /// <summary>The levers' lines of a configuration, each with its reason.</summary>
    public const string Recipe = "recipe";

    /// <summary>What begins the names of all steps of this job but the last.</summary>
    public const string Prefix = "lever/";

    /// <summary>A lever's value: <c>loop.labels=soft</c>.</summary>
    public static string Variant(string key, string value) => $"{key}={value}";

    /// <summary>What begins the names of a variant's steps: <c>lever/base/</c>, <c>lever/loop.labels=soft/</c>.</summary>
    public static string PrefixOf(string variant) => $"{Prefix}{variant}/";

    /// <summary>A variant's classifier among the inputs of the last step.</summary>
    public static string Role(string variant, int loop, string arm, int seed) => $"{variant}/{Names.InLoop(loop, Names.TestFile(arm, seed))}";

    /// <summary>A figure of the last step: <c>loop.labels=soft.refined.delta</c>.</summary>
    public static string Figure(string variant, string of, string figure) => $"{variant}.{of}.{figure}";

    /// <summary>The difference in one loop (1, 2 …), among the figures of refined.</summary>
    public static string InLoop(int loop) => string.Create(CultureInfo.InvariantCulture, $"loop-{loop}");
}
