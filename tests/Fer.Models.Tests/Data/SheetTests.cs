using Fer.Models.Data;
using OpenCvSharp;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class SheetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_PNG_holds_the_very_pixels(int channels)
    {
        byte[] pixels = [.. Enumerable.Range(0, channels * 6).Select(i => (byte)(i * 13))];

        using var image = Cv2.ImDecode(PngFile.Encode(pixels, channels, 2, 3), ImreadModes.Unchanged);

        Assert.Equal((2, 3, channels), (image.Rows, image.Cols, image.Channels()));
        for (var i = 0; i < 6; i++)
        {
            if (channels == 1)
            {
                Assert.Equal(pixels[i], image.At<byte>(i / 3, i % 3));
            }
            else
            {
                Assert.Equal(new Vec3b(pixels[12 + i], pixels[6 + i], pixels[i]), image.At<Vec3b>(i / 3, i % 3));
            }
        }
    }

    [Fact]
    public void A_sheet_sets_images_side_by_side_and_leaves_gaps_where_there_is_none()
    {
        var set = new ImageSet(new LabelSpace(["a"]), 1, 2, 2, [new("1", 0, "1", "t"), new("2", 0, "2", "t")], [10, 11, 12, 13, 20, 21, 22, 23]);

        using var sheet = Cv2.ImDecode(Sheet.Png(set, [1, -1, 0], columns: 2, scale: 2), ImreadModes.Grayscale);

        Assert.Equal((9, 9), (sheet.Width, sheet.Height));
        Assert.Equal(20, sheet.At<byte>(1, 1));
        Assert.Equal(23, sheet.At<byte>(3, 3));
        Assert.Equal(255, sheet.At<byte>(1, 6));
        Assert.Equal(10, sheet.At<byte>(5, 0));
    }

    [Fact]
    public void Pixels_of_another_size_are_refused() => Assert.Throws<ArgumentException>(() => PngFile.Encode(new byte[5], 1, 2, 3));
}
