using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Data;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Commands that check, repeat and take this run elsewhere.</summary>
internal static class ReproduceSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var id = run.State.RunId;
        yield return Commands(
            ("every hash once more, and some kept images drawn again", $"./fer verify {id}"),
            ("one kept image drawn again from its recipe and compared, bit for bit", $"./fer trace {Example(run) ?? "IMAGE"} --run {id}"),
            ("images, provenance, networks and curves in open formats", $"./fer export {id} --to {id}-export"),
            ("this page again", $"./fer report {id}"));
        yield return P("The same settings, data and fingerprint give the same bits: save the settings below as a configuration and run it on the same data under another id; ",
            E("code", $"./fer compare {id} OTHER"), " then shows no difference.");
        yield return E("details", E("summary", "Settings as a configuration"), E("pre", SettingsList.Hocon(run.State.Settings)));
        yield return E("details", E("summary", "Hashes: inputs, and what each step made"), Hashes(run));
    }

    private static XElement Commands(params (string What, string Command)[] commands) =>
        E("dl", commands.SelectMany(c => (XElement[])[E("dt", c.What), E("dd", E("code", c.Command))]));

    private static string? Example(RunView run) => run.State.Rounds().SelectMany(r => run.State.Samples(r).Select(s => run.Images(Names.Sample(r, s.Class), "kept")))
        .OfType<ImageSet>().FirstOrDefault(s => s.Count > 0)?.Rows[0].Id;

    private static XElement Hashes(RunView run) => Table(["what", "SHA-256"],
        run.State.Inputs.Select(i => (IEnumerable<object?>)["input " + i.Key, E("code", i.Value)])
            .Concat(run.State.Order.SelectMany(n => run.State.Steps[n].Files.Select(f => (IEnumerable<object?>)[$"{n}, {f.Key}", E("code", f.Value)]))), words: true);
}
