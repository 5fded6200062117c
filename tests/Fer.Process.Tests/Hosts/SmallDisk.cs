namespace Fer.Process.Tests.Hosts;

/// <summary>A disk of its own under a folder, so small that it can be filled. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string folder;

    public SmallDisk(string folder, string size = "64m")
    {
        this.folder = folder;
        Assert.SkipUnless(Environment.UserName == "root" && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "none", folder) == 0, "a disk that can be filled is a tmpfs, which only root may mount");
    }

    private string Ballast => Path.Combine(folder, "ballast");

    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose() => Run("umount", "-l", folder);

    private static int Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(FerProcess.Start(program, arguments))!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
