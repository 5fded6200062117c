using Fer.Models;

namespace Fer.Host.Commands;

/// <summary>Finds configurations: a file as named, or one that comes with the program.</summary>
internal static class Configs
{
    /// <summary>The folder of shipped configurations, beside the program.</summary>
    public static string Shipped { get; } = Path.Combine(AppContext.BaseDirectory, "hocon");

    /// <summary>Throws <see cref="BadInputException"/> with what there is.</summary>
    public static string Find(string config)
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

        var names = Directory.Exists(Shipped) ? Directory.EnumerateFiles(Shipped, "*.conf").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        throw new BadInputException($"There is no configuration '{config}': expected a file, or the name of one that comes with the program ({string.Join(", ", names)}).");
    }

    /// <summary>A run id made of the configuration's name and the time, such as <c>fer2013-20260131-154500</c>.</summary>
    public static string RunIdFor(string config, DateTimeOffset now)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(config).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-')).TrimStart('.', '-', '_');
        return FormattableString.Invariant($"{(name.Length == 0 ? "run" : name.Length > 40 ? name[..40] : name)}-{now:yyyyMMdd-HHmmss}");
    }
}
