using Fer.Actors.Tests.Storage;

namespace Fer.Actors.Tests.Devices;

/// <summary>A folder of GPUs as NVIDIA's driver makes it.</summary>
internal static class GivenDriver
{
    public static void Add(TemporaryFolder folder, string bus, string model, string uuid)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, bus));
        File.WriteAllText(Path.Combine(folder.Path, bus, "information"), $"Model: \t\t {model}\nIRQ:   \t\t 0\nGPU UUID: \t {uuid}\nVideo BIOS: \t 92.00.19.00.01\nBus Location: \t {bus}\n");
    }
}
