using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models.Training;

namespace Fer.Bench;

/// <summary>
/// A job with the shape of a real one and the size of none: two chains of hashes side by side, saved on the way, then one over both. Its
/// figure shows every unit that was done twice, left out or changed, and can be told without it.
/// </summary>
internal sealed class Chains : IJob
{
    public const string Job = "chains";
    private const int Units = 12;

    private static readonly StepKind Kind = new("bench-chain", 1, context => new Chain(context));

    public string Name => Job;

    public IReadOnlyList<StepKind> Kinds => [Kind];

    public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; } = new Dictionary<string, Func<StepOwnerSetup, Props>> { ["chains"] = setup => Props.Create(() => new Owner(setup)) };

    public ImmutableArray<string> Objectives => ["value"];

    public string OwnerOf(string kind) => "chains";

    public PlanAnswer Next(RunState state)
    {
        var sides = new[] { "left", "right" }.Select(name => (Name: name, Done: state.Completed(name))).ToList();
        var open = sides.Where(s => s.Done is null).Select(s => Planned(s.Name, state, ImmutableSortedDictionary<string, string>.Empty)).ToImmutableArray();
        if (!open.IsEmpty)
        {
            return new PlanAnswer(open, [], null);
        }

        return state.Completed("both") is { } both
            ? new PlanAnswer([], [], both.Figures)
            : new PlanAnswer([Planned("both", state, ImmutableSortedDictionary<string, string>.Empty.AddRange(sides.Select(s => KeyValuePair.Create(s.Name, s.Done!.Files["chain"]))))], [], null);
    }

    public static TrialRun Trial(SweepSpec spec, ImmutableSortedDictionary<string, string> values) =>
        new(new NewRun(Job, values["x"], ImmutableSortedDictionary<string, string>.Empty), new EngineSettings { Devices = ["cpu:0"], CheckpointSteps = 3, CheckpointEvery = TimeSpan.FromHours(1), RetryDelay = TimeSpan.FromMilliseconds(100) });

    /// <summary>What a trial must come to.</summary>
    public static double Expected(string x)
    {
        var (left, right) = (Whole("left", x, []), Whole("right", x, []));
        return ValueOf(Whole("both", x, [.. left, .. right]));
    }

    private static byte[] Whole(string name, string x, byte[] start)
    {
        var at = First(name, x, start);
        for (var unit = 0; unit < Units; unit++)
        {
            at = SHA256.HashData(at);
        }

        return at;
    }

    private static byte[] First(string name, string x, byte[] start) => SHA256.HashData([.. Encoding.UTF8.GetBytes($"{name} {x} "), .. start]);

    private static double ValueOf(byte[] chain) => BitConverter.ToUInt32(chain);

    private static PlannedStep Planned(string name, RunState state, ImmutableSortedDictionary<string, string> inputs) => new(new StepSpec(name, Kind.Kind, 1, inputs, state.Settings, name.Length), 1);

    private sealed class Owner(StepOwnerSetup setup) : StepOwner(setup)
    {
        protected override string Describe(StepSpec spec) => "hashes";
    }

    private sealed class Chain : IWork
    {
        private byte[] at;

        public Chain(StepContext context)
        {
            var name = context.Spec.Seed switch { 4 => context.Spec.Inputs.IsEmpty ? "left" : "both", _ => "right" };
            byte[] start = name == "both" ? [.. context.Read("left"), .. context.Read("right")] : [];
            if (context.Checkpoint is { } saved)
            {
                (Position, at) = (saved[0], saved[1..]);
            }
            else
            {
                at = First(name, context.Spec.Settings, start);
            }
        }

        public string Unit => "units";

        public long Position { get; private set; }

        public long Length => Units;

        public bool Done => Position == Units;

        public IReadOnlyDictionary<string, double> Live { get; } = new Dictionary<string, double>();

        public void Advance()
        {
            // So long that a kill finds it in the middle, and no processor is needed for it.
            Thread.Sleep(20);
            at = SHA256.HashData(at);
            Position++;
        }

        public byte[] Checkpoint() => [(byte)Position, .. at];

        public WorkResult Finish() => WorkResult.Of([("chain", at)], [("value", ValueOf(at))]);

        public void Dispose()
        {
        }
    }
}
