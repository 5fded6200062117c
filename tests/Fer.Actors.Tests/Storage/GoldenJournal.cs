using System.Text;
using System.Text.Json;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Actors.Tests.Storage;

/// <summary>
/// Journals as released versions wrote them, one event a line: <c>{"manifest":…,"event":…}</c>. A file of a released version
/// is never written again; a new shape comes with a new file.
/// </summary>
internal sealed class GoldenJournal(string name)
{
    public IReadOnlyList<(string Manifest, string Json)> Lines { get; } =
    [
        .. File.ReadLines(PathOf($"{name}.jsonl")).Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return (document.RootElement.GetProperty("manifest").GetString()!, document.RootElement.GetProperty("event").GetRawText());
        }),
    ];

    public IEnumerable<IRunEvent> Events => Lines.Select(l => (IRunEvent)RecordSerializer.Read(Encoding.UTF8.GetBytes(l.Json), l.Manifest));

    /// <summary>The runs in the file, folded, in their order.</summary>
    public IEnumerable<RunState> Runs
    {
        get
        {
            var state = RunState.Empty;
            foreach (var e in Events)
            {
                if (e is RunStarted && state != RunState.Empty)
                {
                    yield return state;
                    state = RunState.Empty;
                }

                state = state.Apply(e);
            }

            yield return state;
        }
    }

    public string ExpectedStates => File.ReadAllText(PathOf($"{name}.states.txt"));

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Golden", file);
}
