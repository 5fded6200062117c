using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Tests.Storage;

namespace Fer.Actors.Tests.Devices;

/// <summary>A native library of a few lines of C; the test is skipped where nothing compiles them.</summary>
internal static class GivenLibrary
{
    /// <param name="init">What INIT stands for in the source.</param>
    /// <returns>Its path.</returns>
    public static string Make(TemporaryFolder folder, string source, int init)
    {
        var (c, library) = (folder.File($"{Guid.NewGuid():N}.c"), folder.File($"{Guid.NewGuid():N}.so"));
        File.WriteAllText(c, source);
        try
        {
            using var compiler = Process.Start("cc", ["-shared", "-fPIC", string.Create(CultureInfo.InvariantCulture, $"-DINIT={init}"), "-o", library, c]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no C compiler (cc) here, so calls of native libraries are not tested.");
        }

        return library;
    }
}
