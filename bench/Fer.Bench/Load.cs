using System.Diagnostics;
using Fer.Models.Data;

namespace Fer.Bench;

/// <summary>From a path to all images decoded, twins found, divided: seconds in a fresh process, and again.</summary>
internal static class Load
{
    public static int Run(string path)
    {
        for (var i = 0; i < 3; i++)
        {
            var watch = Stopwatch.StartNew();
            var data = DataLoader.Load(new DataSettings { Path = path });
            Console.WriteLine($"{data.Report.Read} images in {watch.Elapsed.TotalSeconds:0.00} s ({(i == 0 ? "first" : "again")})");
        }

        return 0;
    }
}
