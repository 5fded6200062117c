using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Data;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>The kept faces that come nearest to a training face, beside that face: were the GAN to copy, it would show here.</summary>
internal static class NearestSection
{
    private const int PairsPerClass = 8;

    public static IEnumerable<XElement> Render(RunView run)
    {
        if (run.Input(Names.Train) is not { } train)
        {
            yield return Note("The training set cannot be read.");
            yield break;
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < train.Count; i++)
        {
            places.TryAdd(train.Rows[i].Id, i);
        }

        var any = false;
        foreach (var name in train.Labels.Names)
        {
            var pairs = run.State.Rounds().Select(r => run.Images(Names.Sample(r, name), "kept")).OfType<ImageSet>()
                .SelectMany(set => set.Rows.Select((row, i) => (Set: set, Row: row, Index: i)))
                .Where(k => k.Row.Facts is { } f && places.ContainsKey(f.Nearest))
                .OrderBy(k => k.Row.Facts!.Distance).ThenBy(k => k.Row.Id, StringComparer.Ordinal).Take(PairsPerClass).ToArray();
            if (pairs.Length == 0)
            {
                continue;
            }

            if (!any)
            {
                yield return P(Small("For each class the kept faces with the least near-copy distance: left the kept one, right its nearest training face, below the distance." + Limit(run)));
                if (OneLoop.Note(run, "An export names the nearest training face of every kept one, of every loop.") is { } note)
                {
                    yield return note;
                }

                any = true;
            }

            yield return E("h3", name);
            yield return E("div", Class("pairs-of-faces"), pairs.Select(p => E("figure",
                E("div", Class("faces"), FacePicture.Of(p.Set, p.Index, "kept: " + FacesSection.Words(p.Row)), FacePicture.Of(train, places[p.Row.Facts!.Nearest], "real: " + p.Row.Facts.Nearest)),
                E("figcaption", Say.Number(p.Row.Facts.Distance, "0.000")))));
        }

        if (!any)
        {
            yield return Note("No kept face names a training face as its nearest.");
        }
    }

    private static string Limit(RunView run) => run.State.Rounds().Prepend(0).Reverse().Select(r => run.State.Completed(Names.Filter(r))).FirstOrDefault(f => f is not null && f.Figures.ContainsKey("nearCopy")) is { } filter
        ? $" The filter takes a face nearer than {Say.Number(filter.Figures["nearCopy"], "0.000")} for a copy."
        : "";
}
