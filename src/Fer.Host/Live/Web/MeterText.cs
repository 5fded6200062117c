using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Fer.Actors.Hosting;

namespace Fer.Host.Live.Web;

/// <summary>
/// The meter <c>Fer</c> and the runtime's own in Prometheus' text format, from when the page was opened. OpenTelemetry's exporter for Prometheus is no
/// stable release, so the few lines that it takes are here.
/// </summary>
internal sealed class MeterText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Runtime = "System.Runtime";

    // From a journal's milliseconds to a training's hours.
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

    private static readonly double[] Numbers = [1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000];

    private readonly ConcurrentDictionary<Instrument, Family> families = new();
    private readonly MeterListener listener = new();

    /// <param name="meters">Names of those that are listened to; without any, those of this program.</param>
    public MeterText(params string[] meters)
    {
        var names = meters.Length > 0 ? meters : [FerMeter.Name, Runtime];

        // Its instruments are there from its first use on; a host that has computed nothing yet has them, too.
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(FerMeter).TypeHandle);
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (names.Contains(instrument.Meter.Name))
            {
                l.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, i => new Family(i)));
            }
        };
        listener.SetMeasurementEventCallback<byte>((_, v, tags, family) => ((Family)family!).Measure(v, tags));
        listener.SetMeasurementEventCallback<short>((_, v, tags, family) => ((Family)family!).Measure(v, tags));
        listener.SetMeasurementEventCallback<int>((_, v, tags, family) => ((Family)family!).Measure(v, tags));
        listener.SetMeasurementEventCallback<long>((_, v, tags, family) => ((Family)family!).Measure(v, tags));
        listener.SetMeasurementEventCallback<float>((_, v, tags, family) => ((Family)family!).Measure(v, tags));
        listener.SetMeasurementEventCallback<double>((_, v, tags, family) => ((Family)family!).Measure(v, tags));
        listener.SetMeasurementEventCallback<decimal>((_, v, tags, family) => ((Family)family!).Measure((double)v, tags));
        listener.Start();
    }

    public string Text()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            family.Write(text);
        }

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private enum Kind
    {
        Counter,
        Gauge,
        Histogram,
    }

    private sealed class Family
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<string, Series> series = new(StringComparer.Ordinal);
        private readonly Kind kind;
        private readonly bool adds;
        private readonly string help;
        private readonly double[] bounds;

        public Family(Instrument instrument)
        {
            var type = instrument.GetType().GetGenericTypeDefinition();
            kind = type == typeof(Histogram<>) ? Kind.Histogram : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? Kind.Counter : Kind.Gauge;
            adds = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
            help = instrument.Description ?? "";
            bounds = instrument.Unit == "s" ? Seconds : Numbers;
            Name = NameOf(instrument.Name, instrument.Unit ?? "", kind);
        }

        public string Name { get; }

        public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = Labels(tags);
            lock (gate)
            {
                if (!series.TryGetValue(labels, out var s))
                {
                    series.Add(labels, s = new Series(bounds.Length));
                }

                s.Sum = kind == Kind.Histogram || adds ? s.Sum + value : value;
                s.Count++;
                if (kind == Kind.Histogram && Array.FindIndex(bounds, b => value <= b) is >= 0 and var bucket)
                {
                    s.Buckets[bucket]++;
                }
            }
        }

        public void Write(StringBuilder text)
        {
            lock (gate)
            {
                if (series.Count == 0)
                {
                    return;
                }

                text.Append("# HELP ").Append(Name).Append(' ').Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('\n');
                text.Append("# TYPE ").Append(Name).Append(' ').Append(kind.ToString().ToLowerInvariant()).Append('\n');
                foreach (var (labels, s) in series)
                {
                    if (kind != Kind.Histogram)
                    {
                        Line(text, Name, labels, s.Sum);
                        continue;
                    }

                    long below = 0;
                    for (var i = 0; i < bounds.Length; i++)
                    {
                        Line(text, Name + "_bucket", With(labels, bounds[i].ToString(CultureInfo.InvariantCulture)), below += s.Buckets[i]);
                    }

                    Line(text, Name + "_bucket", With(labels, "+Inf"), s.Count);
                    Line(text, Name + "_sum", labels, s.Sum);
                    Line(text, Name + "_count", labels, s.Count);
                }
            }
        }

        private static string With(string labels, string bound) => $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"";

        private static void Line(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
            {
                text.Append('{').Append(labels).Append('}');
            }

            text.Append(' ').Append(value switch { double.PositiveInfinity => "+Inf", double.NegativeInfinity => "-Inf", _ => value.ToString(CultureInfo.InvariantCulture) }).Append('\n');
        }

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = new List<string>(tags.Length);
            foreach (var (name, value) in tags)
            {
                var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
                labels.Add($"{Plain(name)}=\"{text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\"");
            }

            labels.Sort(StringComparer.Ordinal);
            return string.Join(',', labels);
        }

        // As OpenTelemetry names them: fer.step.duration in s is fer_step_duration_seconds.
        private static string NameOf(string name, string unit, Kind kind)
        {
            var word = unit switch { "s" => "seconds", "ms" => "milliseconds", "By" => "bytes", "1" or "" => "", _ => "" };
            if (unit.EndsWith("/s", StringComparison.Ordinal))
            {
                word = "per_second";
            }

            var plain = Plain(name);
            plain = word.Length == 0 || plain.EndsWith("_" + word, StringComparison.Ordinal) ? plain : $"{plain}_{word}";
            return kind == Kind.Counter && !plain.EndsWith("_total", StringComparison.Ordinal) ? plain + "_total" : plain;
        }

        private static string Plain(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
    }

    private sealed class Series(int buckets)
    {
        public double Sum { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = new long[buckets];
    }
}
