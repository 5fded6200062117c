using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Models.Data;
using Spectre.Console;

namespace Fer.Host.Commands;

/// <summary><c>fer data inspect PATH</c>: what a source of faces holds, before anything is trained on it.</summary>
internal static class DataCommand
{
    private const int Listed = 5;

    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A folder, a csv or a zip; 'sketch' for the drawn faces." };
        var sheet = new Option<string?>("--sheet") { Description = "Where the sheet of samples goes; without it NAME-samples.png here.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print the whole report as JSON." };
        var size = new Option<int>("--image-size") { Description = "Size at which twins are looked for and samples shown, pixels.", HelpName = "N", DefaultValueFactory = _ => 48 };
        var inspect = new Command("inspect", "Count a source's faces, sizes, twins, conflicting labels and broken files, and draw a sheet of samples.") { path, sheet, json, size };
        inspect.SetAction(result =>
        {
            var source = result.GetRequiredValue(path);
            var report = DataInspection.Inspect(source == "sketch" ? "" : source, new DataSettings { ImageSize = result.GetValue(size) });
            var picture = result.GetValue(sheet) ?? $"{Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(source))}-samples.png";
            File.WriteAllBytes(picture, report.Sheet.ToArray());
            if (result.GetValue(json))
            {
                context.Console.Out.WriteLine(JsonSerializer.Serialize(report, Json.Options));
            }
            else
            {
                Write(context.Console, report, picture);
            }

            return ExitCode.Done;
        });
        return new Command("data", "Look at data.") { inspect };
    }

    private static void Write(FerConsole console, InspectionReport report, string picture)
    {
        console.Out.WriteLine($"{report.Source}, content {report.ContentHash[..16]}…");
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("class");
        foreach (var split in report.Splits)
        {
            table.AddColumn(new TableColumn(split.Split).RightAligned());
        }

        for (var c = 0; c < report.Classes.Length; c++)
        {
            table.AddRow([Markup.Escape(report.Classes[c]), .. report.Splits.Select(s => s.ByClass[c].ToString(CultureInfo.InvariantCulture))]);
        }

        table.AddRow(["all", .. report.Splits.Select(s => s.Total().ToString(CultureInfo.InvariantCulture))]);
        console.Terminal.Write(table);
        void Line(FormattableString text) => console.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        Line($"Sizes: {string.Join(", ", report.Sizes.Take(Listed).Select(s => FormattableString.Invariant($"{s.Width}×{s.Height} ({s.Count})")))}{(report.Sizes.Length > Listed ? $" and {report.Sizes.Length - Listed} more" : "")}");
        Line($"Twins: {report.TwinGroups} groups of {report.TwinImages} images with equal pixels");
        Line($"Straddling: {report.StraddlingGroups} of those groups stand in more than one split; {report.StraddlingTestImages} test images in them");
        Line($"Conflicting: {report.ConflictingGroups} groups of equal images have more than one label");
        foreach (var group in report.Conflicts.Take(Listed))
        {
            var more = group.Images.Length - Listed;
            Line($"  {string.Join(", ", group.Images.Take(Listed).Select(i => $"{i.Id} is {i.Class}"))}{(more > 0 ? $" and {more} more" : "")}");
        }

        Line($"Broken: {report.Broken}");
        foreach (var broken in report.BrokenImages.Take(Listed))
        {
            Line($"  {broken.Id} {broken.Reason}");
        }

        Line($"Samples: {picture}");
    }
}
