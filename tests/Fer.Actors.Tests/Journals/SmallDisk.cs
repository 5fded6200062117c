using System.Diagnostics;

namespace Fer.Actors.Tests.Journals;

/// <summary>A disk of a few megabytes that can be filled up or made read-only: a tmpfs, where this user may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Skips the test with a line where no disk can be mounted.</summary>
    public static SmallDisk Mount(string size)
    {
        var path = Directory.CreateTempSubdirectory("fer-disk-").FullName;
        var mounted = Environment.UserName == "root" && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "fer", path);
        if (!mounted)
        {
            Directory.Delete(path);
        }

        Assert.SkipUnless(mounted, "a full or read-only disk is not tried: mounting a small tmpfs wants root");
        return new SmallDisk(path);
    }

    /// <summary>Takes every free byte.</summary>
    public void FillUp()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Filler);

    public void ReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path));

    public void Writable() => Assert.True(Run("mount", "-o", "remount,rw", Path));

    public void Dispose()
    {
        for (var tries = 0; !Run("umount", Path) && tries < 20; tries++)
        {
            Thread.Sleep(100);
        }

        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
