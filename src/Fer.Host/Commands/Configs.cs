using Fer.Models;

namespace Fer.Host.Commands;

/// <summary>Finds configurations: a file as named, or one that comes with the program.</summary>
internal static class Configs
{
    /// <summary>The folder of shipped configurations, beside the program.</summary>
    public static string Shipped { get; } = Path.Combine(AppContext.BaseDirectory, "hocon");

    /// <summary>Throws <see cref="BadInputException"/> with what there is for a run.</summary>
    public static string Find(string config) => Find(config, IsOfRun);

    /// <summary>Throws <see cref="BadInputException"/> with what there is.</summary>
    /// <param name="offers">Which of those that come with the program are named where there is none of that name.</param>
    public static string Find(string config, Func<string, bool> offers)
    {
        if (File.Exists(config))
        {
            return config;
        }

        var shipped = Path.Combine(Shipped, Path.GetFileNameWithoutExtension(config) + ".conf");
        if (Path.GetFileName(config) == config && File.Exists(shipped))
        {
            return shipped;
        }

        var names = Directory.Exists(Shipped) ? Directory.EnumerateFiles(Shipped, "*.conf").Select(f => Path.GetFileNameWithoutExtension(f)).Where(offers).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        throw new BadInputException($"There is no configuration '{config}': expected a file, or the name of one that comes with the program ({string.Join(", ", names)}).");
    }

    public static bool IsOfSweep(string name) => name.StartsWith("sweep-", StringComparison.Ordinal) && !IsReference(name);

    public static bool IsOfHost(string name) => name == "cluster";

    private static bool IsOfRun(string name) => !IsReference(name) && !IsOfSweep(name) && !IsOfHost(name);

    // They explain keys.
    private static bool IsReference(string name) => name == "reference" || name.EndsWith("-reference", StringComparison.Ordinal);

    /// <summary>A run id made of the configuration's name and the time, such as <c>fer2013-20260131-154500</c>.</summary>
    public static string RunIdFor(string config, DateTimeOffset now)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(config).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-')).TrimStart('.', '-', '_');
        return FormattableString.Invariant($"{(name.Length == 0 ? "run" : name.Length > 40 ? name[..40] : name)}-{now:yyyyMMdd-HHmmss}");
    }
}
