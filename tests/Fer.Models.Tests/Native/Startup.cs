using System.Runtime.CompilerServices;
using Fer.Models.Native;
using TorchSharp;

namespace Fer.Models.Tests.Native;

internal static class Startup
{
    // A test may touch torch before any type of Fer.Models.
    [ModuleInitializer]
    internal static void Register()
    {
        NativeLibraries.Register();

        // As in a slot: the number of threads decides bits, and one test's choice would be every later thread's.
        torch.set_num_threads(1);
    }
}
