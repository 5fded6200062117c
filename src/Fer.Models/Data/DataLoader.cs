using System.Collections.Immutable;
using Fer.Models.Data.Sources;
using Fer.Models.Randomness;

namespace Fer.Models.Data;

/// <summary>Reads a source of labelled faces and divides it into training, validation and test sets.</summary>
public static class DataLoader
{
    private const int Listed = 200;

    // One image of each class for either half of validation.
    private const int HalvesNeed = 2;

    /// <summary>
    /// Reads what <see cref="DataSettings.Path"/> names, finds twins and divides: the source's own test and validation
    /// splits where it has them and they are not pooled, else by <see cref="GroupSplit"/>. A group stays on one side: images whose twin is in the
    /// test set are taken out of training and validation, unless twins are as they come. Equal content and settings give equal sets on every machine.
    /// </summary>
    /// <param name="settings">What to read and how to divide it.</param>
    /// <param name="progress">Told how far reading has come.</param>
    /// <param name="loops">How often the training faces are divided anew: each loop draws its own subset and its own validation faces from the same pool. Test set and judge's fold are the same for all.</param>
    /// <exception cref="BadInputException">What is wrong with the source or the settings, in one sentence.</exception>
    public static LoadedData Load(DataSettings settings, IProgress<DataProgress>? progress = null, int loops = 1)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var place = settings.Path.Length == 0 ? "SketchFaces" : settings.Path;
        var content = SourceReader.Read(settings, settings.Classes, forgiving: false, progress);
        if (settings.Strict && content.Broken.Count > 0)
        {
            var first = content.Broken[0];
            throw new BadInputException($"{place}: '{first.Id}' {first.Reason}{(content.Broken.Count > 1 ? $", and {content.Broken.Count - 1} more are broken" : "")}; without strict they are skipped.");
        }

        if (content.Images.Count == 0)
        {
            throw new BadInputException($"{place} holds no picture that can be read: {content.Broken.Count} are broken, the first, '{content.Broken[0].Id}', {content.Broken[0].Reason}.");
        }

        var twins = Twins.Find(content.Images);
        var table = new Table(content, twins.Groups, settings);
        CheckClasses(table, place, settings);
        return Divide(table, twins, place, settings, loops);
    }

    private static LoadedData Divide(Table table, Twins twins, string place, DataSettings settings, int loops)
    {
        var address = Address.Of(settings.Seed).At("data");
        var (pool, givenValidation, test) = (table.Of(Split.Train), table.Of(Split.Validation), table.Of(Split.Test));
        var toTrain = settings.MinPerClass + HalvesNeed;
        if (test.Length == 0)
        {
            var cut = table.Divide(pool, address.At("test"), new SplitPart(settings.TestFraction, 1), new SplitPart(1 - settings.TestFraction, toTrain));
            (test, pool) = (cut[0], cut[1]);
        }

        // The test set keeps its images; their twins leave the other side. Then the same for a given validation split.
        var straddling = test.Count(table.Touches(pool.Concat(givenValidation)));
        var outside = pool.Concat(givenValidation).Where(table.Touches(test)).ToList();
        (pool, givenValidation) = (table.Without(pool, test), table.Without(givenValidation, test));
        outside.AddRange(pool.Where(table.Touches(givenValidation)));
        pool = table.Without(pool, givenValidation);

        // The judge's fold first, so that all loops have one judge; with none, the draws below are as they would be anyway.
        var judge = Array.Empty<int>();
        var share = settings.Fraction;
        if (settings.JudgeFraction > 0)
        {
            var cut = table.Divide(pool, address.At("judge"), new SplitPart(settings.JudgeFraction, 1), new SplitPart(1 - settings.JudgeFraction, toTrain));
            CheckParts(table, [("the judge", cut[0])], place, settings);
            (judge, pool) = (cut[0], cut[1]);
            share = Math.Min(1, settings.Fraction / (1 - settings.JudgeFraction));
        }

        var sides = Enumerable.Range(0, loops).Select(loop => Side(table, pool, givenValidation, share, loop == 0 ? address : address.At("loop").At(loop), settings)).ToArray();
        foreach (var side in sides)
        {
            CheckParts(table, [("train", side.Train), ("validation A", side.A), ("validation B", side.B), ("test", test)], place, settings);
        }

        (string Name, int[] Places)[] parts = [("train", sides[0].Train), ("validation A", sides[0].A), ("validation B", sides[0].B), ("test", test)];
        outside.Sort();
        var report = new DataReport
        {
            Source = table.Content.Kind,
            Classes = table.Content.Classes,
            Splits = [.. parts.Select(p => new SplitCount(p.Name, table.CountByClass(p.Places)))],
            Read = table.Content.Images.Count,
            TwinGroups = twins.TwinGroups.Count,
            TwinImages = twins.TwinGroups.Sum(g => g.Length),
            StraddlingTestImages = straddling,
            Excluded = outside.Count,
            ExcludedIds = [.. outside.Take(Listed).Select(i => table.Content.Images[i].Id)],
            Pooled = settings.Pool,
            LeakedTestImages = settings.Twins == "together" ? null : table.Twinned(test, [.. sides[0].Train, .. sides[0].A, .. sides[0].B]),
            ConflictingGroups = twins.TwinGroups.Count(g => g.Select(i => table.Labels[i]).Distinct().Skip(1).Any()),
            Broken = table.Content.Broken.Count,
            BrokenImages = [.. table.Content.Broken.Take(Listed)],
            ContentHash = table.Content.ContentHash(),
        };
        return new LoadedData(
            [.. sides.Select(s => new TrainingSide(table.Set(s.Train), table.Set(s.A), table.Set(s.B), table.Set(s.Left)))],
            judge.Length == 0 ? null : table.Set(judge), new TestSet(table.Set(test)), report);
    }

    /// <summary>One loop's draw from the pool: what it trains on, its two halves of validation, and what is left.</summary>
    private static (int[] Train, int[] A, int[] B, int[] Left) Side(Table table, int[] pool, int[] givenValidation, double share, Address address, DataSettings settings)
    {
        var rest = Array.Empty<int>();
        if (share < 1)
        {
            var cut = table.Divide(pool, address.At("fraction"), new SplitPart(share, settings.MinPerClass + HalvesNeed), new SplitPart(1 - share, 0));
            (pool, rest) = (cut[0], cut[1]);
        }

        var half = new SplitPart(givenValidation.Length > 0 ? 0.5 : settings.ValidationFraction / 2, 1);
        var divided = givenValidation.Length > 0
            ? [.. table.Divide(givenValidation, address.At("validation"), half, half), pool]
            : table.Divide(pool, address.At("validation"), half, half, new SplitPart(1 - settings.ValidationFraction, settings.MinPerClass));
        return (divided[2], divided[0], divided[1], rest);
    }

    private static void CheckClasses(Table table, string place, DataSettings settings)
    {
        if (table.Content.Classes.Length < 2)
        {
            throw new BadInputException($"{place} has one class, '{table.Content.Classes[0]}': at least two are needed.");
        }

        var counts = table.CountByClass([.. table.Of(Split.Train)]);
        var least = Math.Max(settings.MinPerClass, 1);
        for (var c = 0; c < counts.Length; c++)
        {
            if (counts[c] < least)
            {
                throw new BadInputException($"{place}: the class '{table.Content.Classes[c]}' has {Images(counts[c])} to train on, at least {least} are needed; give more or leave the class out.");
            }
        }
    }

    private static void CheckParts(Table table, IEnumerable<(string Name, int[] Places)> parts, string place, DataSettings settings)
    {
        foreach (var (name, places) in parts)
        {
            if (places.Length == 0)
            {
                throw new BadInputException($"{place}: nothing is left for {name}; give more images or a larger share of them.");
            }

            var counts = table.CountByClass(places);
            var least = name == "train" ? settings.MinPerClass : name == "test" ? 0 : 1;
            for (var c = 0; c < counts.Length; c++)
            {
                if (counts[c] < least)
                {
                    throw new BadInputException($"{place}: the class '{table.Content.Classes[c]}' is too small to divide: {name} gets {Images(counts[c])}, at least {least} needed; give more, take a larger fraction{(settings.JudgeFraction > 0 ? ", give the judge none" : "")} or leave the class out.");
                }
            }
        }
    }

    private static string Images(int count) => count == 1 ? "1 image" : FormattableString.Invariant($"{count} images");
}
