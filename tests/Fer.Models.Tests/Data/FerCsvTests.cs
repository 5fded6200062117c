using System.Text;
using Fer.Models.Data;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class FerCsvTests : IDisposable
{
    private readonly TestPictures pictures = new();

    public void Dispose() => pictures.Dispose();

    [Theory]
    [InlineData("emotion,pixels,Usage", "{0},{1},{2}", "\n")]
    [InlineData("emotion, Usage, pixels", "{0},{2}, {1}", "\n")]
    [InlineData("emotion, Usage, pixels", "{0},{2},\"{1}\"", "\r\n")]
    [InlineData("\uFEFFemotion,pixels,Usage", "{0},\"{1}\",{2}", "\r\n")]
    public void Every_form_of_the_csv_gives_the_same_faces(string header, string row, string end)
    {
        var csv = Write(header + end + string.Concat(Rows().Select(r => string.Format(row, r.Code, TestPictures.Pixels(r.Seed), r.Usage) + end)));

        var data = DataLoader.Load(Settings(csv));

        Assert.Equal(["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"], data.Train.Labels.Names);
        Assert.Equal("FER2013 csv", data.Report.Source);
        Assert.Equal(7 * 8, data.Report.Read);
        Assert.Equal(14, data.Test.Count);
        Assert.Equal(DataLoader.Load(Settings(Write(Plain()))).Report.ContentHash, data.Report.ContentHash);
    }

    [Fact]
    public void Codes_are_mapped_by_name_and_pixels_are_kept()
    {
        var data = DataLoader.Load(Settings(Write(Plain())) with { ValidationFraction = 0.4 });

        var row = data.Train.Rows.First(r => data.Train.Labels[r.Label] == "neutral");
        var number = int.Parse(row.Id.Split(' ')[1]);
        var (code, seed, _) = Rows().ElementAt(number - 2);
        Assert.Equal(6, code);
        Assert.Equal(TestPictures.Pixels(seed).Split(' ').Select(byte.Parse), data.Train.Image(data.Train.Rows.IndexOf(row)).ToArray());
    }

    [Fact]
    public void The_csv_in_a_zip_is_read_in_place()
    {
        pictures.File("fer2013/fer2013.csv", Encoding.UTF8.GetBytes(Plain()));
        pictures.File("fer2013/README", "hello"u8.ToArray());

        Assert.Equal(56, DataLoader.Load(Settings(pictures.Zip())).Report.Read);
    }

    [Fact]
    public void The_public_test_set_validates_where_there_is_a_private_one()
    {
        var rows = Rows().Select((r, i) => r with { Usage = i < 14 ? "PublicTest" : i < 42 ? "Training" : "PrivateTest" });

        var data = DataLoader.Load(Settings(Write(Text(rows))));

        Assert.Equal((28, 7, 7, 14), (data.Train.Count, data.ValidationA.Count, data.ValidationB.Count, data.Test.Count));
    }

    [Theory]
    [InlineData("3,1 2 3,Training", "row 4", "3 pixels", "2304")]
    [InlineData("7,{0},Training", "row 4", "label '7'", "0 to 6")]
    [InlineData("happy,{0},Training", "row 4", "label 'happy'", "0 to 6")]
    [InlineData("3,{0} 5,Training", "row 4", "2305 pixels", "2304")]
    [InlineData("3,300 {0},Training", "row 4", "'300'", "0 to 255")]
    [InlineData("3,-1 {0},Training", "row 4", "'-1'", "0 to 255")]
    [InlineData("3,{0},Holiday", "row 4", "usage 'holiday'", "PublicTest")]
    [InlineData("3,{0}", "row 4", "2 columns", "3")]
    public void A_bad_row_ends_in_one_sentence_with_its_number(string row, params string[] expected)
    {
        var lines = Plain().Split('\n').ToList();
        lines[3] = string.Format(row, TestPictures.Pixels(3));
        var csv = Write(string.Join('\n', lines));

        var e = Assert.Throws<BadInputException>(() => DataLoader.Load(Settings(csv)));

        Assert.All(expected, word => Assert.Contains(word, e.Message));
        Assert.Contains(csv, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void A_csv_that_was_cut_off_is_noticed()
    {
        var text = Plain();

        var e = Assert.Throws<BadInputException>(() => DataLoader.Load(Settings(Write(text[..(text.Length - 100)]))));

        Assert.Contains("row 57", e.Message);
    }

    [Theory]
    [InlineData("a,b,c\n1,2,3\n", "a, b, c")]
    [InlineData("emotion,pixels,Usage\n", "no rows")]
    [InlineData("", "")]
    public void A_csv_of_something_else_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => DataLoader.Load(Settings(Write(text)))).Message);

    [Fact]
    public void Inspection_lists_bad_rows_and_goes_on()
    {
        var report = DataInspection.Inspect(Write(Plain() + "9,1 2,Training\n"), new DataSettings());

        Assert.Equal(1, report.Broken);
        Assert.Equal("row 58", report.BrokenImages[0].Id);
        Assert.Equal(["train", "test"], report.Splits.Select(s => s.Split));
    }

    private static DataSettings Settings(string path) => new() { Path = path, ValidationFraction = 0.4, MinPerClass = 1 };

    private static IEnumerable<(int Code, int Seed, string Usage)> Rows() =>
        Enumerable.Range(0, 56).Select(i => (i % 7, i, i < 42 ? "Training" : "PublicTest"));

    private static string Plain() => Text(Rows());

    private static string Text(IEnumerable<(int Code, int Seed, string Usage)> rows) =>
        TestPictures.Csv("emotion,pixels,Usage", rows.Select(r => $"{r.Code},{TestPictures.Pixels(r.Seed)},{r.Usage}"));

    private string Write(string text) => pictures.File($"{Guid.NewGuid():N}.csv", Encoding.UTF8.GetBytes(text));
}
