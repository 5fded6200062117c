using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Fer.Actors.Hosting;

namespace Fer.Host.Tests.Deploy;

/// <summary>The table in docs/metrics.md is the meter's, line by line: dashboards are built on these names.</summary>
public sealed partial class MetricsDocTests
{
    [Fact]
    public void Every_instrument_stands_in_the_table_with_its_unit_and_kind_and_nothing_else_does()
    {
        var meter = Instruments().Select(i => $"{i.Name} {i.Unit} {KindOf(i)}").Order(StringComparer.Ordinal);
        var table = Row().Matches(Repository.Text("docs/metrics.md")).Select(m => $"{m.Groups[1]} {m.Groups[2]} {m.Groups[3]}").Order(StringComparer.Ordinal);

        Assert.Equal(meter, table);
    }

    [Fact]
    public void Names_keep_to_OpenTelemetrys_conventions()
    {
        Assert.All(Instruments(), i => Assert.Matches(@"^fer(\.[a-z]+)+$", i.Name));

        // UCUM: seconds, a dimensionless 1, or a noun in braces, alone or over a second.
        Assert.All(Instruments(), i => Assert.Matches(@"^(s|1|\{[a-z]+\}(/s)?)$", i.Unit));
        Assert.All(Instruments(), i => Assert.False(string.IsNullOrEmpty(i.Description), i.Name));
    }

    private static IReadOnlyCollection<Instrument> Instruments()
    {
        var found = new ConcurrentDictionary<string, Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == FerMeter.Name)
            {
                found.TryAdd(instrument.Name, instrument);
            }
        };
        listener.Start();

        // What is not touched yet has no instruments yet.
        foreach (var type in typeof(FerMeter).Assembly.GetTypes().Where(t => t.Namespace == typeof(FerMeter).Namespace && t.Name.EndsWith("Meter", StringComparison.Ordinal)))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        return [.. found.Values];
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" => "counter",
        "Histogram" => "histogram",
        "ObservableGauge" => "gauge",
        var other => other,
    };

    [GeneratedRegex(@"^\| `(fer\.[^`]+)` \| `([^`]+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
