using Akka.Actor;

namespace Fer.Actors.Sweeps;

/// <summary>
/// Said between hosts to make things quick, and lost without harm: whoever listens looks at the rows by itself every so often.
/// Within a process they go over the event stream.
/// </summary>
public static class Hints
{
    /// <summary>There may be a step to claim.</summary>
    public const string Work = "work";

    /// <summary>A row has changed.</summary>
    public const string Rows = "rows";

    /// <summary>A run was handed over, or a person wants something of one.</summary>
    public const string Runs = "runs";
}

/// <summary>A hint as it arrives.</summary>
internal sealed record Hinted(string What);

/// <summary>A hint to be said, here and to the other hosts.</summary>
internal sealed record SayHint(string What);

/// <summary>Takes hints from whoever has something to say to all who listen here, and to the other hosts.</summary>
internal sealed class HintBridge : ReceiveActor
{
    public HintBridge(Action<string> toOthers) => Receive<SayHint>(h =>
    {
        Context.System.EventStream.Publish(new Hinted(h.What));
        toOthers(h.What);
    });

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(SayHint));
}
