using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Engine;

/// <summary>
/// The smallest job with the shape of a real one: two chains of hashes side by side, then one over both. Its bytes show
/// every unit that was done twice, left out or changed.
/// </summary>
internal sealed class ChainJob : IJob
{
    public const string JobName = "chain";

    private readonly Action<ChainWork> onUnit;

    public ChainJob(string name, Action<ChainWork> onUnit, Action<StepContext>? onOpen = null)
    {
        Name = name;
        this.onUnit = onUnit;
        Kinds = [new StepKind($"chain-{name}", 1, context =>
        {
            onOpen?.Invoke(context);
            return new ChainWork(context, this.onUnit);
        })];
    }

    public string Name { get; }

    public IReadOnlyList<StepKind> Kinds { get; }

    public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; } =
        new Dictionary<string, Func<StepOwnerSetup, Props>> { ["chains"] = setup => Props.Create(() => new ChainOwner(setup)) };

    public string OwnerOf(string kind) => "chains";

    public PlanAnswer Next(RunState state)
    {
        var ready = new List<PlannedStep>();
        foreach (var name in new[] { "left", "right" })
        {
            if (state.Completed(name) is null)
            {
                ready.Add(new PlannedStep(Spec(name, state, ImmutableSortedDictionary<string, string>.Empty), 1));
            }
        }

        if (state.Completed("left") is { } left && state.Completed("right") is { } right)
        {
            if (state.Completed("both") is { } both)
            {
                return state.Decisions.ContainsKey("enough")
                    ? new PlanAnswer([], [], both.Figures)
                    : new PlanAnswer([], [new PlanDecision("enough", "yes", "both chains are joined")], null);
            }

            var inputs = ImmutableSortedDictionary<string, string>.Empty.Add("left", left.Files["chain"]).Add("right", right.Files["chain"]);
            ready.Add(new PlannedStep(Spec("both", state, inputs), 2));
        }

        return new PlanAnswer([.. ready], [], null);
    }

    private StepSpec Spec(string name, RunState state, ImmutableSortedDictionary<string, string> inputs) =>
        new(name, Kinds[0].Kind, 1, inputs, state.Settings, name.Length);

    private sealed class ChainOwner(StepOwnerSetup setup) : StepOwner(setup)
    {
        protected override string Describe(StepSpec step) => $"chain {step.Name}";
    }
}

/// <summary>Each unit hashes the last hash with the position, the learning-rate factor and the number of micro-batches.</summary>
internal sealed class ChainWork : IWork
{
    private readonly StepContext context;
    private readonly Action<ChainWork> onUnit;
    private byte[] link;

    public ChainWork(StepContext context, Action<ChainWork> onUnit)
    {
        this.context = context;
        this.onUnit = onUnit;
        Length = long.Parse(context.Spec.Settings);
        link = Encoding.UTF8.GetBytes(context.Spec.Name);
        foreach (var role in context.Spec.Inputs.Keys)
        {
            link = SHA256.HashData([.. link, .. context.Read(role)]);
        }

        if (context.Checkpoint is { } bytes)
        {
            Position = BitConverter.ToInt64(bytes);
            link = bytes[8..];
        }
    }

    public string Step => context.Spec.Name;

    public string Unit => "links";

    public long Position { get; private set; }

    public long Length { get; }

    public bool Done => Position >= Length;

    public bool CanSplitBatches { get; set; } = true;

    public double RateFactor => context.Adjustments.LearningRateFactor(Position);

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["position"] = Position };

    public void Advance()
    {
        onUnit(this);
        link = SHA256.HashData([.. link, .. BitConverter.GetBytes(Position), .. BitConverter.GetBytes(RateFactor), .. BitConverter.GetBytes(context.Adjustments.MicroBatches(Position))]);
        Position++;
    }

    public byte[] Checkpoint() => [.. BitConverter.GetBytes(Position), .. link];

    public WorkResult Finish() => WorkResult.Of([("chain", link)], [("first", link[0])]);

    public void Dispose()
    {
    }
}
