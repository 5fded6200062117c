using System.Xml.Linq;
using Fer.Host.Reports;
using static Fer.Host.Live.Web.PageFrame;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Live.Web;

/// <summary>The first page: sweeps, runs that are no trials, and what every slot of every host computes.</summary>
internal static class OverviewPage
{
    public static PageFrame Of(Overview now) => new("Sweeps, runs and hosts", "overview", now.Version,
    [
        E("h1", "Sweeps, runs and hosts"),
        Part("sweeps", E("h2", "Sweeps"), Sweeps(now)),
        Part("runs", E("h2", "Runs"), Runs(now)),
        Part("hosts", E("h2", "Hosts"), Hosts(now)),
    ]);

    private static IEnumerable<XElement?> Sweeps(Overview now)
    {
        if (now.Sweeps.IsEmpty)
        {
            yield return Note("No sweep was handed over yet.");
            yield break;
        }

        yield return Cards(Html.Table(["sweep", "state", "done", "running", "waiting", "pruned", "failed", "planned", "best", "device time", "begun", "by"], now.Sweeps.Select(s => (IEnumerable<object?>)
        [
            SweepLink(s.Id), Cell(State(s.Status)), Say.Count(s.Summary.Completed), Say.Count(s.Summary.Running), Say.Count(s.Summary.Waiting), Say.Count(s.Summary.Pruned), Say.Count(s.Summary.Failed),
            Say.Count(s.Summary.Planned), s.Summary.Value is { } v ? Say.Text($"{Say.Figure(v)} (trial {s.Summary.Best})") : Say.Nothing, Say.Span(TimeSpan.FromSeconds(s.Summary.DeviceSeconds)),
            Time(s.Submitted, now.At), Words(s.Submitter),
        ])));
        yield return Cut(now.Sweeps.Length);
    }

    private static IEnumerable<XElement?> Runs(Overview now)
    {
        if (now.Runs.IsEmpty)
        {
            yield return Note("No run was handed over yet, or all of them are trials of a sweep.");
            yield break;
        }

        yield return Cards(Html.Table(["run", "state", "job", "priority", "begun", "ended", "by", "why"], now.Runs.Select(r => (IEnumerable<object?>)
        [
            RunLink(r.Id), Cell(State(r.Status), r.Wish.Length > 0 ? $" ({r.Wish} was asked for)" : null), Words(r.Job), Say.Text($"{r.Priority}"), Time(r.Submitted, now.At), Time(r.Ended, now.At), Words(r.Submitter), Words(r.Reason),
        ])));
        yield return Cut(now.Runs.Length);
    }

    private static IEnumerable<XElement> Hosts(Overview now)
    {
        if (now.Hosts.IsEmpty)
        {
            yield return Note("No host is in the list.");
            yield break;
        }

        var busy = now.Slots.Count(s => s.Use is not null);
        yield return P(Small(Say.Text($"{Say.Many(now.Hosts.Length, "host")}, {Say.Many(now.Slots.Length, "slot")}, of which {busy} compute.")));
        yield return Cards(Html.Table(["slot", "state", "what it is", "computes", "for", "at", "since", ""], now.Slots.Select((s, i) => (IEnumerable<object?>)
        [
            $"{s.Host} {s.Device}", Cell(State(s.State), Heard(now, s)), Words(s.Label), Words(s.Use?.Step ?? Say.Nothing), s.Runs.IsDefaultOrEmpty ? Words(Say.Nothing) : Cell(s.Runs.SelectMany((r, n) => (object?[])[n == 0 ? null : ", ", RunLink(r)])),
            s.Use is { } u ? At(u.Position, u.Length, u.Unit) : Say.Nothing, Time(s.Use?.Claimed, now.At), i == 0 || now.Slots[i - 1].Host != s.Host ? Cell(Wish(s)) : "",
        ])));
    }

    // How long ago changes with every look; when it was does not.
    private static XElement? Heard(Overview now, SlotLine s) => s.State is not ("unheard" or "silent") || now.Hosts.FirstOrDefault(h => h.Name == s.Host) is not { } host || host.Silent > TimeSpan.FromDays(365)
        ? null
        : E("span", Class("small"), " since ", Time(now.At - host.Silent, now.At));

    /// <summary>Where a step is: <c>1,200 of 4,000 steps</c>.</summary>
    public static string At(long position, long length, string unit) => length == 0 ? "begins" : $"{Say.Count(position)} of {Say.Count(length)} {unit}".TrimEnd();

    private static XElement Wish(SlotLine s)
    {
        var (id, address) = ($"drain-{s.Host}", $"/api/hosts/{Uri.EscapeDataString(s.Host)}/");
        return s.State == "draining" ? Act(id, "Uncordon", address + "uncordon") : Act(id, "Drain", address + "drain", $"Host {s.Host} gives back what it computes, saved, and takes nothing new. Go on?");
    }

    private static XElement Cell(params object?[] content) => E("td", Class("words"), content);

    private static XElement? Cut(int shown) => shown < LiveRows.Longest ? null : P(Small(Say.Text($"The newest {shown} are listed.")));
}
