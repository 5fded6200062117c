using System.Globalization;
using Fer.Actors.Runs;
using Fer.Models.Classifiers;
using Fer.Models.Evaluation;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>What is measured of a loop's generated images: by the judge's fold for the report, and in pixels for the one choice that hangs on it, when feedback ends.</summary>
internal sealed class LoopMeasures(PlanBuilder plan, LoopContext at)
{
    // What nothing waits for but the report.
    private const int Aside = 2;

    /// <summary>Whether all is measured that the judge's fold can say of this loop: true where there is no such fold.</summary>
    /// <param name="rounds">Rounds that are over.</param>
    public bool Done(int rounds)
    {
        if (!plan.State.Inputs.ContainsKey(Names.JudgeFaces))
        {
            return true;
        }

        var judge = at.Need(at.Judge(ClassifierFactory.Judge), Aside + 1);
        var auditor = at.Need(at.Judge(ClassifierFactory.Auditor), Aside + 1);
        if (judge is null || auditor is null)
        {
            return false;
        }

        var all = true;
        for (var round = 1; round <= at.Settings.Loop.Rounds; round++)
        {
            if (AreTrained(round))
            {
                all &= at.Need(Quality(Names.Quality(round), round, judge), Aside) is not null;
            }
        }

        if (at.HasDecided(Names.RoundsUsed))
        {
            var inputs = at.HeldOut();
            inputs.Add("auditor", auditor.Files["weights"]);
            at.AddImages(inputs, rounds, onlyClass: null, Names.Sample);
            at.AddRejected(inputs, rounds);
            all &= at.Need(at.Spec(Names.Audit, StepKinds.Audit, inputs, new object(), at.Seed(990)), Aside) is not null;
        }

        return all;
    }

    /// <summary>Measures what the generators of a finished round draw; without a judge in pixels, which are several times as many numbers as its features, so of fewer images.</summary>
    private StepSpec Quality(string name, int round, StepState? judge)
    {
        var inputs = at.HeldOut();
        if (judge is not null)
        {
            inputs.Add("judge", judge.Files["weights"]);
        }

        inputs.Add(Names.Train, at.Input(Names.Train));
        inputs.AddRange(at.Run.Generators.Select(g => KeyValuePair.Create(StepKinds.GeneratorRole + (at.Settings.Gan.Kind == "conditional" ? "" : g), at.Completed(Names.Gan(round, g))!.Files["generator"])));
        var images = judge is null ? MeasureQuality.DefaultImages / 3 : MeasureQuality.DefaultImages;
        return at.Spec(name, StepKinds.Quality, inputs, new QualityStep(images) { Psi = at.Settings.Gan.Psi }, at.Seed(900 + round));
    }

    /// <summary>
    /// Share of real faces that a finished round's images are near to; null until it is measured. In pixels also where there is a judge, which is to be used for nothing
    /// but the report, and which a screening has not: it would try another rule than the run takes. A class that lacks no image keeps no round waiting for its own
    /// generator, which that round has asked for all the same.
    /// </summary>
    private double? Recall(int round) => AreTrained(round) ? at.Need(Quality(Names.Variety(round), round, null), LoopPlan.Urgent)?.Figures["recall"] : null;

    private bool AreTrained(int round) => at.Run.Generators.All(g => at.Completed(Names.Gan(round, g)) is not null);

    /// <summary>Whether feedback has ended before a round, decided after each round that had some; null until it is known.</summary>
    public bool? FeedbackHasEnded(int round)
    {
        var stop = at.Settings.Gan.FeedbackStop;
        for (var last = 2; last < round && stop > 0 && at.Settings.Gan.Feedback != "0"; last++)
        {
            var (before, after) = (Recall(last - 1), Recall(last));
            if (before is not { } was || after is not { } now)
            {
                return null;
            }

            var because = string.Create(CultureInfo.InvariantCulture, $"recall {100 * now:0.0} % after round {last}, {100 * was:0.0} % after the one before; feedback ends when it falls by {100 * stop:0.#} %");
            if (at.Decide(Names.FeedbackQuestion(last), now <= (1 - stop) * was && now < was ? "end" : "go-on", because) == "end")
            {
                return true;
            }
        }

        return false;
    }
}
