using System.Collections;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>Settings of a run from their layers: defaults, file, <c>--set</c>, and the environment for secrets.</summary>
public static class FerConfig
{
    public const string Root = "fer";
    public const string ConnectionStringVariable = "FER_JOURNAL_CONNECTION_STRING";
    public const string ApiKeyVariable = "FER_SEQ_API_KEY";
    public const string TlsPasswordVariable = "FER_CLUSTER_TLS_PASSWORD";
    public const string SeedsVariable = "FER_CLUSTER_SEEDS";

    /// <summary>Secrets and the variables that may hold them.</summary>
    private static readonly (string Path, string Variable)[] FromEnvironment =
        [("fer.journal.connection-string", ConnectionStringVariable), ("fer.seq.api-key", ApiKeyVariable), ("fer.cluster.tls.password", TlsPasswordVariable)];

    /// <summary>
    /// The settings of a file with changes on top. Throws <see cref="SettingsException"/> with everything that is wrong,
    /// <see cref="BadInputException"/> when there is no such file.
    /// </summary>
    /// <param name="file">A configuration; null: the defaults alone.</param>
    /// <param name="sets"><c>key=value</c> each, the key with or without <c>fer.</c> in front.</param>
    /// <param name="environment">Environment variables; null: the process's.</param>
    public static FerSettings Load(string? file, IReadOnlyList<string> sets, IDictionary? environment = null) =>
        Read(problems => file is null ? BlockNode.Empty("") : HoconFile.Load(file, problems), sets, environment);

    /// <summary>The same from a text, for tests and for what a run's folder keeps.</summary>
    public static FerSettings Parse(string text, string source, IReadOnlyList<string> sets, IDictionary? environment = null) =>
        Read(problems => HoconFile.Parse(text, source, problems), sets, environment);

    private static FerSettings Read(Func<List<SettingProblem>, BlockNode> parse, IReadOnlyList<string> sets, IDictionary? environment)
    {
        var problems = new List<SettingProblem>();
        return Of(parse(problems), sets, problems, environment);
    }

    /// <summary>The settings of a tree with changes on top; <paramref name="problems"/> holds what was wrong before.</summary>
    internal static FerSettings Of(BlockNode tree, IReadOnlyList<string> sets, List<SettingProblem> problems, IDictionary? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariables();
        foreach (var (path, variable) in FromEnvironment)
        {
            if (environment[variable] is string { Length: > 0 } secret)
            {
                Set(tree, path, new TextNode(secret, variable, 0), problems);
            }
        }

        if (environment[SeedsVariable] is string { Length: > 0 } seeds)
        {
            // No secret, but where a scheduler starts hosts it knows them and the file does not.
            Set(tree, "fer.cluster.seeds", new ListNode(seeds.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), SeedsVariable, 0), problems);
        }

        Set(tree, sets, problems);
        foreach (var (key, node) in tree.Members.Where(m => m.Key != Root))
        {
            problems.Add(new SettingProblem(key, node.Source, node.Line, $"settings stand in a block {Root} {{ … }}."));
        }

        var settings = new FerSettings();
        switch (tree.Members.GetValueOrDefault(Root))
        {
            case BlockNode block:
                settings = (FerSettings)new SettingReader(problems).Read(typeof(FerSettings), block, Root);
                break;
            case { } node:
                problems.Add(new SettingProblem(Root, node.Source, node.Line, "expected a block { … } of settings."));
                break;
        }

        if (problems.Count == 0)
        {
            problems.AddRange(SettingChecks.Of(settings, tree));
        }

        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    internal static void Set(BlockNode tree, IReadOnlyList<string> sets, List<SettingProblem> problems)
    {
        foreach (var set in sets)
        {
            Set(tree, set, problems);
        }
    }

    private static void Set(BlockNode tree, string set, List<SettingProblem> problems)
    {
        const string source = "--set";
        var equals = set.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            problems.Add(new SettingProblem("", source, 0, $"found '{Secrets.Masked(set)}', expected KEY=VALUE, such as loop.rounds=2."));
            return;
        }

        var (key, text) = (set[..equals].Trim(), set[(equals + 1)..].Trim());
        var path = key == Root || key.StartsWith(Root + ".", StringComparison.Ordinal) ? key : $"{Root}.{key}";
        SettingNode value = text.StartsWith('[') && text.EndsWith(']')
            ? new ListNode(text[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), source, 0)
            : new TextNode(text.Length > 1 && text.StartsWith('"') && text.EndsWith('"') ? text[1..^1] : text, source, 0);
        Set(tree, path, value, problems);
    }

    private static void Set(BlockNode tree, string path, SettingNode value, List<SettingProblem> problems)
    {
        if (path.Split('.').Any(k => k.Length == 0))
        {
            problems.Add(new SettingProblem(Secrets.Masked(path), value.Source, 0, "a key is made of words with dots between them."));
            return;
        }

        tree.Set(path, value);
    }
}
