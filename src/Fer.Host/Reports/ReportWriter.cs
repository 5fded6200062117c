using System.Xml.Linq;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Reports.Sections;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports;

/// <summary>
/// Writes a run's report: one file that opens offline and asks the network for nothing. A pure function of the run's
/// state and artifacts, so it can be written at any time, of half a run too, and again.
/// </summary>
public static class ReportWriter
{
    /// <summary>Writes <see cref="RunFolder.Report"/> in one go, so that a reader never sees half a page.</summary>
    /// <param name="held">Whether a process has the run: one that runs and is not held was interrupted.</param>
    public static void Write(RunFolder folder, RunState state, ArtifactStore store, bool held = true)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var aside = folder.Report + ".new";
        File.WriteAllBytes(aside, Render(state, store, held));
        File.Move(aside, folder.Report, overwrite: true);
    }

    /// <summary>The page as UTF-8, well-formed as XML too.</summary>
    /// <param name="held">Whether a process has the run: one that runs and is not held was interrupted.</param>
    public static byte[] Render(RunState state, ArtifactStore store, bool held = true)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Job == LeverNames.Job)
        {
            return LeversPage.Render(state, store, held);
        }

        var run = new RunView(state, store);
        (string Id, string Title, Func<RunView, IEnumerable<XElement>> Body)[] sections =
        [
            ("arms", "Arms", ArmsSection.Render),
            ("quality", "Generated quality", QualitySection.Render),
            ("robustness", "Robustness", RobustnessSection.Render),
            ("data", "Data", DataSection.Render),
            ("settings", "What was run", SettingsSection.Render),
            ("curves", "Loss curves", CurvesSection.Render),
            ("acceptance", "Acceptance", AcceptanceSection.Render),
            ("balance", "Class balance", BalanceSection.Render),
            ("gain", "Gain over rounds", GainSection.Render),
            ("confusion", "Confusion", ConfusionSection.Render),
            ("reliability", "Reliability", ReliabilitySection.Render),
            ("faces", "Faces", FacesSection.Render),
            ("nearest", "Nearest real faces", NearestSection.Render),
            ("timeline", "Timeline", TimelineSection.Render),
            ("incidents", "Incidents", IncidentsSection.Render),
            ("reproduce", "Check and repeat", ReproduceSection.Render),
        ];
        var bodies = sections.Select(s => E("section", A("id", s.Id), E("h2", s.Title), s.Body(run))).ToList();
        return ReportShell.Wrap(run, "report", [HeadlineSection.Render(run, held), E("nav", sections.Select(s => E("a", A("href", "#" + s.Id), s.Title)))], bodies);
    }
}
