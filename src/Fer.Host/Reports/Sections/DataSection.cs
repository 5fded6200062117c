using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Data;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>The faces: how many of each class stand on which side, and what the loader found.</summary>
internal static class DataSection
{
    private static readonly (string Role, string Title)[] Sides = [(Names.Train, "training"), (Names.ValidationA, "validation A"), (Names.ValidationB, "validation B"), (Names.HeldBack, "held back"), (Names.JudgeFaces, "judge")];
    private static readonly JsonSerializerOptions AnyCase = new() { PropertyNameCaseInsensitive = true };

    public static IEnumerable<XElement> Render(RunView run)
    {
        var sides = Sides.Select(s => (s.Title, Counts: run.Input(s.Role)?.CountByClass())).Append(("test", run.Test()?.CountByClass())).Where(s => s.Item2 is not null).Select(s => (s.Item1, Counts: s.Item2!)).ToArray();
        if (run.Input(Names.Train) is { } train)
        {
            yield return P($"{Say.Many(sides.Sum(s => s.Counts.Sum()), "image")} of {train.Width}×{train.Height} pixels, {(train.Channels == 1 ? "grey" : "colour")}. Validation A calibrates the filter, validation B chooses; {(run.State.Inputs.ContainsKey(Names.HeldBack) ? "what is held back trains no arm but the oracle; " : "")}the test set is read once.");
            if (OneLoop.Note(run, "The test set and the judge's faces are the same for all; the other sides are divided anew in each.") is { } note)
            {
                yield return note;
            }

            yield return Table(["class", .. sides.Select(s => s.Item1)], train.Labels.Names.Select((n, k) => (IEnumerable<object?>)[n, .. sides.Select(s => Say.Count(s.Counts[k]))])
                .Append(["all", .. sides.Select(s => Say.Count(s.Counts.Sum()))]));
        }

        if (run.InputBytes(Names.DataReport) is not { } json)
        {
            yield return Note("What the loader found is not recorded.");
        }
        else if (Read(json) is { } report)
        {
            yield return P(Sentence(report));
            if (report.BrokenImages.Length > 0)
            {
                yield return E("details", E("summary", "Broken images"), Table(["image", "what is wrong"], report.BrokenImages.Select(b => (IEnumerable<object?>)[b.Id, b.Reason]), words: true));
            }

            if (report.ExcludedIds.Length > 0)
            {
                yield return E("details", E("summary", "Taken out of training and validation"), E("ul", report.ExcludedIds.Select(i => E("li", i))));
            }

            yield return P(Small($"Content of the source: {report.ContentHash}"));
        }
        else
        {
            yield return E("details", E("summary", "What the loader found"), Pairs(SettingsList.Plain(Encoding.UTF8.GetString(json))));
        }
    }

    private static string Sentence(DataReport r)
    {
        var words = new List<string> { $"Source: {r.Source}, {Say.Many(r.Read, "image")} read, {(r.Broken == 0 ? "none broken" : $"{Say.Count(r.Broken)} broken and skipped")}{(r.Pooled ? "; its own splits were pooled and divided anew" : "")}." };
        words.Add(r.TwinGroups == 0
            ? "No two images are pixel-identical."
            : $"{Say.Many(r.TwinGroups, "group")} of pixel-identical images ({Say.Many(r.TwinImages, "image")}), {Say.Count(r.ConflictingGroups)} with labels that contradict each other; {(r.LeakedTestImages is { } leaked ? $"they were left as they come, and {Say.Many(leaked, "test image")} had a twin that was trained or validated on: the figures are flattered" : "no group stands on two sides")}.");
        if (r.StraddlingTestImages > 0 || r.Excluded > 0)
        {
            words.Add($"{Say.Many(r.StraddlingTestImages, "test image")} had a twin on the training side of the source; {Say.Many(r.Excluded, "image")} taken out of training and validation for it.");
        }

        return string.Join(' ', words);
    }

    /// <summary>What the loader found; null where a run has no such record.</summary>
    public static DataReport? Of(RunView run) => run.InputBytes(Names.DataReport) is { } json ? Read(json) : null;

    private static DataReport? Read(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<DataReport>(json, AnyCase);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
