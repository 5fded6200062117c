using System.Collections.Immutable;
using Fer.Models.Data;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Rejects generated images that can be told from real ones, by odds, as Azadi et al. 2019 do (discriminator rejection sampling), but by a judge that had no part in making them: a
/// logistic regression of real against generated, cross-fitted, so that no image is judged by one that has seen it. Pure.
/// </summary>
public static class Realism
{
    /// <summary>Why an accepted image is not kept: it lost the draw by its odds of being real.</summary>
    public const string Unreal = "unreal";

    /// <summary>With fewer images of either kind nothing is rejected: there is nothing to learn from.</summary>
    public const int Least = 50;

    /// <summary>Images whose odds are beyond this quantile are all kept, the others in proportion (Azadi et al. keep such a share, too).</summary>
    public const double AlwaysKept = 0.8;

    private const int Folds = 5;
    private const int Iterations = 100;
    private const double Decay = 0.1;

    private static readonly LabelSpace Kinds = new(["generated", "real"]);

    /// <summary>Whether each image stays. Its draw is made at its id, so it depends on nothing but the image and the odds.</summary>
    /// <param name="real">Features of real images.</param>
    /// <param name="accepted">Features of generated images, as wide.</param>
    /// <param name="ids">Their ids.</param>
    public static bool[] Keep(FeatureTable real, FeatureTable accepted, IReadOnlyList<string> ids)
    {
        if (Math.Min(real.Count, accepted.Count) < Least)
        {
            return [.. Enumerable.Repeat(true, accepted.Count)];
        }

        var odds = LogOdds(real, accepted);
        var most = FilterFit.Quantile(odds, AlwaysKept);
        var draws = Address.Of(0).At("realism");
        return [.. odds.Select((o, i) => draws.At(ids[i]).Uniform() < Math.Exp(o - most))];
    }

    /// <summary>
    /// ln p(real) / p(generated) of each generated image, were both kinds as many: estimates the ratio of their densities. Calibrated by a temperature, as a regression
    /// of many features on few images is too sure of itself.
    /// </summary>
    /// <param name="real">Features of at least <see cref="Folds"/> real images.</param>
    /// <param name="accepted">Features of as many generated images at least, as wide.</param>
    internal static double[] LogOdds(FeatureTable real, FeatureTable accepted)
    {
        FeatureTable.CheckComparable(real, accepted, least: Folds);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (rows, truth) = (Standardised(cat([real.ToTensor(), accepted.ToTensor()], 0)), new int[real.Count + accepted.Count]);
        Array.Fill(truth, 1, 0, real.Count);
        var scores = new double[truth.Length];
        for (var fold = 0; fold < Folds; fold++)
        {
            using var inner = NewDisposeScope();
            long[] Places(bool held) => [.. Enumerable.Range(0, truth.Length).Where(i => (i % Folds == fold) == held).Select(i => (long)i)];
            var (seen, held) = (Places(false), Places(true));
            var weights = Fit(rows.index_select(0, tensor(seen)), [.. seen.Select(i => truth[i])]);
            var judged = rows.index_select(0, tensor(held)).matmul(weights).data<double>().ToArray();
            for (var i = 0; i < held.Length; i++)
            {
                scores[held[i]] = judged[i];
            }
        }

        ImmutableArray<string> none = [.. scores.Select(_ => "")];
        var table = new Predictions(Kinds, none, none, [.. truth], [.. scores.SelectMany(s => new[] { 0, (float)s })]);
        var temperature = Calibration.FitTemperature(table, [0.5, 0.5]);
        return [.. scores.Skip(real.Count).Select(s => s / temperature)];
    }

    /// <summary>Features brought to mean 0 and deviation 1, and a column of ones, <c>[N, D + 1]</c>.</summary>
    private static Tensor Standardised(Tensor rows)
    {
        var centred = rows - rows.mean([0], keepdim: true);
        var deviation = centred.Squared().mean([0], keepdim: true).sqrt().AtLeast(1e-6);
        return cat([centred / deviation, ones([rows.shape[0], 1], ScalarType.Float64)], 1);
    }

    /// <summary>
    /// Logistic regression with decay, both kinds of equal weight, by Newton's steps with a fixed bound of the curvature (Böhning 1992): every step lessens the loss.
    /// </summary>
    private static Tensor Fit(Tensor rows, int[] truth)
    {
        var real = truth.Sum();
        var weight = tensor(truth.Select(t => 0.5 / (t == 1 ? real : truth.Length - real)).ToArray());
        var target = tensor(truth.Select(t => (double)t).ToArray());
        var width = rows.shape[1];
        var curvature = rows.t().matmul(rows.mul(weight.unsqueeze(1))).TimesNumber(0.25).Plus(eye(width, width, ScalarType.Float64).TimesNumber(Decay));
        var step = linalg.inv(curvature);
        var fitted = zeros([width], ScalarType.Float64);
        for (var i = 0; i < Iterations; i++)
        {
            using var inner = NewDisposeScope();
            var slope = rows.t().matmul(weight.mul(target - rows.matmul(fitted).sigmoid())).PlusScaled_(fitted, -Decay);
            fitted = fitted.Plus(step.matmul(slope)).MoveToOuterDisposeScope();
        }

        return fitted;
    }
}
