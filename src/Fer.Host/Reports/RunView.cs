using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Host.Reports;

/// <summary>
/// A run as reports read it: its state, and artifacts by step and file. What is missing or damaged gives null and a
/// sentence in <see cref="Missing"/>, never an exception: a report of half a run is still a report.
/// </summary>
internal sealed class RunView(RunState state, ArtifactStore store)
{
    private readonly Dictionary<string, object?> read = new(StringComparer.Ordinal);
    private readonly List<string> missing = [];
    private ArmResults? arms;

    public RunState State { get; } = state;

    /// <summary>The arms' predictions and figures, read once.</summary>
    public ArmResults Arms => arms ??= ArmResults.Of(this);

    /// <summary>The same on validation B, whether or not the test set has been read.</summary>
    public ArmResults ValidationArms => ArmResults.Of(this, onTest: false);

    /// <summary>The classes in label order, from the training set or else the names of sampling steps.</summary>
    public IReadOnlyList<string> Classes => Input(Names.Train)?.Labels.Names ?? (IReadOnlyList<string>)[.. State.KeptByClass().Keys];

    /// <summary>A sentence for each artifact that was asked for, is named in the run, and cannot be read.</summary>
    public IReadOnlyList<string> Missing => missing;

    public ImageSet? Input(string role) => State.Inputs.TryGetValue(role, out var hash) ? Read(hash, $"input {role}", ImageSet.Read) : null;

    /// <summary>The walled test set; a report gets its counts only.</summary>
    public TestSet? Test() => State.Inputs.TryGetValue(Names.Test, out var hash) ? Read(hash, "input test", TestSet.Read) : null;

    public byte[]? InputBytes(string role) => State.Inputs.TryGetValue(role, out var hash) ? Read(hash, $"input {role}", (b, _) => b.ToArray()) : null;

    public ImageSet? Images(string step, string file) => Of(step, file, ImageSet.Read);

    public Curve? Curve(string step) => Of(step, "curve", (b, name) => Fer.Models.Training.Curve.Read(b));

    public Predictions? Predictions(string step, string file = "predictions") => Of(step, file, Fer.Models.Evaluation.Predictions.Read);

    public byte[]? Bytes(string step, string file) => Of(step, file, (b, _) => b.ToArray());

    /// <summary>Reading functions get the bytes and what errors call them.</summary>
    public delegate T Parse<out T>(ReadOnlySpan<byte> bytes, string name);

    public T? Of<T>(string step, string file, Parse<T> parse) where T : class =>
        State.Completed(step) is { } s && s.Files.TryGetValue(file, out var hash) ? Read(hash, $"{step}, {file}", parse) : null;

    private T? Read<T>(string hash, string name, Parse<T> parse) where T : class
    {
        var key = typeof(T).Name + hash;
        if (!read.TryGetValue(key, out var value))
        {
            try
            {
                value = parse(store.Get(hash), name);
            }
            catch (Exception e) when (e is DamagedArtifactException or BadInputException or IOException or UnauthorizedAccessException or FormatException)
            {
                missing.Add($"{name}: {e.Message}");
            }

            read[key] = value;
        }

        return (T?)value;
    }
}
