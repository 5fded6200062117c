using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Data;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Sheets of real, kept and rejected faces, by class and round.</summary>
internal static class FacesSection
{
    // A page of a few megabytes: the more classes and rounds there are, the fewer faces a strip has.
    private const int Budget = 2400, Most = 16, Least = 6;

    public static IEnumerable<XElement> Render(RunView run)
    {
        var rounds = run.State.Rounds().Where(r => run.State.Samples(r).Count > 0).ToArray();
        var train = run.Input(Names.Train);
        var strips = run.Classes.Count * (1 + 3 * Math.Max(1, rounds.Length));
        var length = Math.Clamp(Budget / Math.Max(1, strips), Least, Most);
        yield return P(Small("Faces as the networks see them: 8-bit pixels, spread evenly over each set. Rest the pointer on one to read where it comes from and what the filter saw."));
        if (OneLoop.Note(run, "The others' kept faces are in an export.") is { } note)
        {
            yield return note;
        }

        if (train is null)
        {
            yield return Note("The training set cannot be read, so no real face is shown.");
        }

        foreach (var name in run.Classes)
        {
            yield return E("details", A("open", "open"), E("summary", name),
                train is null ? null : Strip("real", train, train.IndicesOf(train.Labels.IndexOf(name)), length),
                rounds.SelectMany(r => Round(run, r, name, length)));
        }
    }

    private static IEnumerable<XElement> Round(RunView run, int round, string name, int length)
    {
        var step = Names.Sample(round, name);
        if (run.State.Completed(step) is not { } done)
        {
            yield break;
        }

        if (run.Images(step, "kept") is { } kept)
        {
            yield return Strip(Say.Text($"round {round}, kept"), kept, [.. Enumerable.Range(0, kept.Count)], length);
        }

        if (run.Images(step, "rejected") is { Count: > 0 } rejected)
        {
            yield return E("div", Class("beside"), rejected.Rows.Select(r => r.Facts?.Reason ?? "unknown").Distinct().Order(StringComparer.Ordinal).Select(reason =>
            {
                var of = Enumerable.Range(0, rejected.Count).Where(i => (rejected.Rows[i].Facts?.Reason ?? "unknown") == reason).ToArray();
                var all = done.Figures.TryGetValue("rejected." + reason, out var n) ? (int)n : of.Length;
                return Strip(Say.Text($"round {round}, rejected for {reason}"), rejected, of, length / 2, all);
            }));
        }
    }

    private static XElement Strip(string title, ImageSet set, int[] places, int length, int? outOf = null)
    {
        var shown = FacePicture.Spread(places.Length, length);
        var caption = shown.Length == 0 ? $"{title}: none" : $"{title}: {Say.Count(shown.Length)} of {Say.Count(outOf ?? places.Length)}";
        return Figure(caption, E("div", Class("faces"), shown.Select(i => FacePicture.Of(set, places[i], Words(set.Rows[places[i]])))));
    }

    public static string Words(ImageRow row)
    {
        var words = row.Id;
        if (row.Facts is { } f)
        {
            words += $": sure by {Say.Percent(f.Confidence)}, distance {Say.Number(f.Distance, "0.000")} to {f.Nearest}{(f.Reason is null ? ", kept" : $", rejected for {f.Reason}")}";
        }

        return row.Recipe is { } r ? words + Say.Text($"; seed {r.Seed}, batch {r.Batch}, place {r.Place}, generator {Say.Short(r.Generator)}") : words;
    }
}
