using System.Diagnostics;
using Fer.Models.Data;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class Fer2013Tests
{
    [Fact]
    public void The_known_twins_are_found_and_kept_off_the_training_side()
    {
        var watch = Stopwatch.StartNew();
        var data = DataLoader.Load(new DataSettings { Path = Place() });
        TestContext.Current.SendDiagnosticMessage($"FER2013 ready in {watch.Elapsed.TotalSeconds:F1} s");

        Assert.Equal(32_298, data.Report.Read);
        Assert.Equal(0, data.Report.Broken);
        Assert.Equal(3_589, data.Test.Count);
        Assert.Equal((1_273, 280), (data.Report.TwinGroups, data.Report.StraddlingTestImages));
        Assert.Equal(28_709, data.Train.Count + data.ValidationA.Count + data.ValidationB.Count + data.Report.Excluded);
        var training = new[] { data.Train, data.ValidationA, data.ValidationB }.Select(s => s.Rows.Select(r => r.Group).ToHashSet()).ToList();
        var test = data.Test.Images.Rows.Select(r => r.Group).ToHashSet();
        Assert.All(training, side => Assert.False(side.Overlaps(test)));
        Assert.False(training[0].Overlaps(training[1]) || training[0].Overlaps(training[2]) || training[1].Overlaps(training[2]));
    }

    [Fact]
    public void Five_classes_of_a_tenth_keep_all_test_faces_and_the_mix()
    {
        var data = DataLoader.Load(new DataSettings { Path = Place(), Classes = ["fear", "angry", "happy", "sad", "neutral"], Fraction = 0.1, ImageSize = 32 });

        Assert.Equal(3_118, data.Test.Count);
        Assert.InRange(data.Train.Count + data.ValidationA.Count + data.ValidationB.Count, 2_450, 2_511);
        Assert.Equal([410, 400, 722, 483, 497], data.Train.CountByClass().Zip(data.ValidationA.CountByClass()).Zip(data.ValidationB.CountByClass(), (t, b) => t.First + t.Second + b), (a, b) => Math.Abs(a - b) < 20);
    }

    private static string Place()
    {
        if (Environment.GetEnvironmentVariable("FER_DATA") is { Length: > 0 } given)
        {
            return given;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "data", "fer2013-train-publictest.zip");
            if (File.Exists(file))
            {
                return file;
            }
        }

        Assert.Skip("FER2013 is not here: set FER_DATA to its zip, folder or csv.");
        return "";
    }
}
