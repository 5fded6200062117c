using System.Runtime.CompilerServices;
using Fer.Models.Native;

namespace Fer.Models.Tests.Native;

internal static class Startup
{
    // A test may touch torch before any type of Fer.Models.
    [ModuleInitializer]
    internal static void Register() => NativeLibraries.Register();
}
