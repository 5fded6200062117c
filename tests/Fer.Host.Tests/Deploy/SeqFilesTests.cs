using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Host.Tests.Hosting;

namespace Fer.Host.Tests.Deploy;

/// <summary>Signals, dashboard and alerts for Seq ask for what this program writes, and find each other.</summary>
public sealed partial class SeqFilesTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    // Of Seq's expressions.
    private static readonly HashSet<string> Words = ["and", "or", "not", "in", "is", "null", "if", "then", "else", "true", "false", "like", "ci", "asc", "desc", "as"];

    private static readonly HashSet<string> Functions = ["Has", "Now", "ToIsoString", "count", "sum", "max", "last"];

    private static readonly HashSet<string> BuiltIn = ["@Timestamp", "@Level"];

    private static readonly IReadOnlyDictionary<string, JsonObject> Files = Directory.EnumerateFiles(Repository.Path("deploy/seq"), "*.template")
        .ToDictionary(f => Path.GetFileName(f), f => JsonNode.Parse(Ref().Replace(File.ReadAllText(f), "\"ref:$1\""))!.AsObject());

    [Fact]
    public void There_are_signals_a_dashboard_and_alerts_each_named_for_what_it_is_with_a_title_of_its_own()
    {
        Assert.All(Files, f => Assert.StartsWith($"{f.Value["$entity"]}-", f.Key));
        Assert.Equal(["alert", "dashboard", "signal"], Files.Values.Select(f => (string)f["$entity"]!).Distinct().Order());
        Assert.Equal(Files.Count, Files.Values.Select(f => (string)f["Title"]!).Distinct().Count());
        Assert.All(Files.Values.Where(f => (string)f["$entity"]! != "dashboard"), f => Assert.NotEmpty((string)f["Description"]!));
    }

    [Fact]
    public void Whatever_is_referred_to_is_a_signal_that_is_there()
    {
        var refs = Files.SelectMany(f => Texts(f.Value)).Where(t => t.Text.StartsWith("ref:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(refs);
        Assert.All(refs, r => Assert.Equal("SignalId", r.Key));
        Assert.All(refs, r => Assert.Equal("signal", (string?)Files.GetValueOrDefault(r.Text[4..])?["$entity"]));
    }

    [Fact]
    public async Task Every_property_that_is_asked_for_is_one_that_the_program_writes()
    {
        var written = await WrittenAsync();

        // A sweep's are named for whoever writes its events.
        written.UnionWith([LogNames.Member, LogNames.SweepId, LogNames.Trial]);
        foreach (var (file, entity) in Files)
        {
            var labels = Texts(entity).Where(t => t.Key == "Label").Select(t => t.Text).ToHashSet();
            foreach (var expression in Expressions(entity))
            {
                foreach (Match name in Name().Matches(Literal().Replace(expression, "")))
                {
                    var known = name.Groups[2].Success ? Functions.Contains(name.Groups[1].Value)
                        : Words.Contains(name.Value) || BuiltIn.Contains(name.Value) || labels.Contains(name.Value) || written.Contains(name.Value);
                    Assert.True(known, $"{file}: nothing writes {name.Value} of: {expression}");
                }
            }
        }
    }

    [Fact]
    public void Every_event_that_is_asked_for_by_name_is_one_that_there_is()
    {
        var events = typeof(IRunEvent).Assembly.GetTypes().Where(t => t.IsClass && (t.IsAssignableTo(typeof(IRunEvent)) || t.IsAssignableTo(typeof(ISweepEvent)))).Select(t => t.Name)
            .Concat(typeof(HostEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!))
            .Concat([RunEventLog.StepMoved, "Warning", "Error", "Fatal"])
            .ToHashSet();

        var asked = Files.SelectMany(f => Expressions(f.Value).SelectMany(e => Quoted().Matches(e).Select(m => m.Groups[1].Value))).ToHashSet();

        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(events));
    }

    [Fact]
    public void Brackets_and_quotes_of_expressions_are_closed()
    {
        foreach (var expression in Files.SelectMany(f => Expressions(f.Value)))
        {
            var bare = Literal().Replace(expression, "");
            Assert.DoesNotContain('\'', bare);
            Assert.Equal(bare.Count(c => c == '('), bare.Count(c => c == ')'));
            Assert.Equal(bare.Count(c => c == '['), bare.Count(c => c == ']'));
        }
    }

    /// <summary>What stands in the log of a run whose steps start, move, fail and are done, as Seq gets it.</summary>
    private static async Task<HashSet<string>> WrittenAsync()
    {
        var folder = new RunFolder(Directory.CreateTempSubdirectory("fer-seq-").FullName, "logged");
        var port = FakeSeq.FreePort();
        using var seq = new FakeSeq(port);
        const string Step = "gan/round-2/happy";
        var state = RunSummaryTests.Begun(RunSummaryTests.Started(), Step);
        using (var logs = RunLogs.Start(folder, new FerSettings { Seq = new SeqSettings { Url = $"http://127.0.0.1:{port}" } }, null))
        {
            logs.OnEvent(new Claimed(At, 2, "lab", 1), state);
            logs.OnEvent(new StepStarted(At, state.Steps[Step].Spec, "", "lab/cpu:1", 1, 0), state);
            logs.OnLive(new LiveStep(Step, "lab/cpu:1", 1, 90, "steps", ImmutableDictionary<string, double>.Empty));
            logs.OnEvent(new StepFailed(At, Step, "lab/cpu:1", "io", "no room", 1), state);
            logs.OnEvent(new StepCompleted(At, Step, ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty), state);
            await seq.Got(entries: 5).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        Directory.Delete(folder.Runs, recursive: true);
        return [.. seq.Entries.SelectMany(e => e.Select(p => p.Key)).Where(k => k[0] != '@')];
    }

    private static IEnumerable<string> Expressions(JsonNode entity) =>
        Texts(entity).Where(t => t.Key is "Filter" or "Where" or "Having" or "Value" or "Expression" or "GroupBy" or "OrderBy").Select(t => t.Text);

    private static IEnumerable<(string Key, string Text)> Texts(JsonNode? node, string key = "") => node switch
    {
        JsonObject o => o.SelectMany(m => Texts(m.Value, m.Key)),
        JsonArray a => a.SelectMany(n => Texts(n, key)),
        JsonValue v when v.TryGetValue<string>(out var text) => [(key, text)],
        _ => [],
    };

    [GeneratedRegex("""ref\("([^"]+)"\)""")]
    private static partial Regex Ref();

    // Texts, patterns and times such as 20m.
    [GeneratedRegex(@"'[^']*'|/[^/]*/|\b\d+[a-z]*\b")]
    private static partial Regex Literal();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(@?[A-Za-z_]\w*)(\()?")]
    private static partial Regex Name();
}
