using System.Collections.Immutable;
using Fer.Actors.Sweeps.Search;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>A sweep as its file says: what all trials share, what they differ in, and how to search.</summary>
/// <param name="Settings">What all trials share, checked.</param>
/// <param name="Places">Where its keys stand.</param>
internal sealed record SweepFile(string File, FerSettings Settings, SweepSettings Sweep, SearchSpace Space, SweepPlaces Places)
{
    private const string Block = "sweep";

    /// <summary>Reads it. Throws <see cref="SettingsException"/> with everything that is wrong, <see cref="BadInputException"/> where a file is missing.</summary>
    /// <param name="file">As named, found already.</param>
    /// <param name="sets"><c>key=value</c> each; those of <c>sweep.…</c> change how to search, all others what trials share.</param>
    /// <param name="find">Finds a base by its name, where it is no file.</param>
    public static SweepFile Load(string file, IReadOnlyList<string> sets, Func<string, string> find)
    {
        var problems = new List<SettingProblem>();
        var tree = HoconFile.Load(file, problems);
        var (ofSweep, ofTrials) = (sets.Where(IsOfSweep).ToList(), sets.Where(s => !IsOfSweep(s)).ToList());
        FerConfig.Set(tree, ofSweep, problems);
        if (tree.Find($"{FerConfig.Root}.{Block}") is not BlockNode block)
        {
            var at = tree.Find($"{FerConfig.Root}.{Block}") ?? tree.Members.GetValueOrDefault(FerConfig.Root);
            throw new BadInputException($"{System.IO.Path.GetFileName(file)}{(at is { Line: > 0 and var line } ? $":{line}" : "")}: there is no block fer.sweep {{ … }}: expected one with space, and what else fer sweep submit --help names.");
        }

        var places = new SweepPlaces(block);
        ((BlockNode)tree.Members[FerConfig.Root]).Members.Remove(Block);
        var space = block.Members.GetValueOrDefault("space");
        block.Members.Remove("space");
        var sweep = (SweepSettings)new SettingReader(problems).Read(typeof(SweepSettings), block, $"{FerConfig.Root}.{Block}");
        var axes = space switch
        {
            BlockNode b => new SpaceReader(problems).Read(b),
            null => new SearchSpace([]),
            var other => Wrong(other),
        };
        if (problems.Count > 0)
        {
            throw new SettingsException(problems);
        }

        BlockNode shared;
        try
        {
            axes.Check();
            shared = Merged(sweep, file, tree, find, problems);
        }
        catch (BadInputException e)
        {
            throw places.With(e.Message.Contains($"{FerConfig.Root}.{Block}", StringComparison.Ordinal) ? e : new BadInputException($"{FerConfig.Root}.{Block}.base: {e.Message}", e));
        }

        return new SweepFile(file, FerConfig.Of(shared, ofTrials, problems), sweep, axes, places);

        SearchSpace Wrong(SettingNode node)
        {
            problems.Add(new SettingProblem(SpaceReader.Path, node.Source, node.Line, "expected a block of settings with their values."));
            return new SearchSpace([]);
        }
    }

    /// <summary>What any configuration says, a sweep's file too, beside how to search.</summary>
    public static FerSettings WithoutSweep(string file)
    {
        var problems = new List<SettingProblem>();
        var tree = HoconFile.Load(file, problems);
        (tree.Members.GetValueOrDefault(FerConfig.Root) as BlockNode)?.Members.Remove(Block);
        return FerConfig.Of(tree, [], problems);
    }

    private static bool IsOfSweep(string set) => set.StartsWith($"{Block}.", StringComparison.Ordinal) || set.StartsWith($"{FerConfig.Root}.{Block}.", StringComparison.Ordinal);

    private static BlockNode Merged(SweepSettings sweep, string file, BlockNode own, Func<string, string> find, List<SettingProblem> problems)
    {
        if (sweep.Base.Length == 0)
        {
            return own;
        }

        var beside = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!, sweep.Base);
        var tree = HoconFile.Load(System.IO.File.Exists(beside) ? beside : find(sweep.Base), problems);
        Lay(tree, own);
        return tree;
    }

    private static void Lay(BlockNode under, BlockNode over)
    {
        foreach (var (key, node) in over.Members)
        {
            if (node is BlockNode block && under.Members.GetValueOrDefault(key) is BlockNode there)
            {
                Lay(there, block);
            }
            else
            {
                under.Members[key] = node;
            }
        }
    }
}
