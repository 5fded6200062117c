using System.IO.Compression;
using Fer.Models.Data;
using Fer.Models.Data.Sketch;
using OpenCvSharp;

namespace Fer.Models.Tests.Data;

/// <summary>Small sources of labelled pictures in a folder of their own, removed at the end.</summary>
internal sealed class TestPictures : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("fer-data-").FullName;

    public string File(string name, byte[] content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Adds <paramref name="count"/> different faces as PNGs to each class folder below <paramref name="below"/>.</summary>
    public TestPictures Faces(string below, int count, params string[] classes)
    {
        foreach (var name in classes)
        {
            for (var i = 0; i < count; i++)
            {
                File($"{below}{name}/{i:D3}.png", Png($"{below}{name}", i));
            }
        }

        return this;
    }

    public static byte[] Png(string stream, int index, int size = 16, int channels = 1) =>
        PngFile.Encode(SketchFaces.Draw(1, stream, index, "happy", size, channels), channels, size, size);

    public static byte[] Jpeg(int seed, int size = 48)
    {
        using var image = Mat.FromPixelData(size, size, MatType.CV_8UC1, SketchFaces.Draw(seed, "jpeg", 0, "sad", size));
        return image.ImEncode(".jpg");
    }

    public string Zip(string name = "set.zip")
    {
        var target = Path.Combine(Directory.CreateTempSubdirectory("fer-zip-").FullName, name);
        ZipFile.CreateFromDirectory(Root, target);
        return target;
    }

    public static string Csv(string header, params IEnumerable<string> rows) => header + "\n" + string.Join('\n', rows) + "\n";

    /// <summary>2,304 numbers that differ from one seed to the next.</summary>
    public static string Pixels(int seed) => string.Join(' ', Enumerable.Range(0, 48 * 48).Select(i => (i * 7 + seed * 31) % 256));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
