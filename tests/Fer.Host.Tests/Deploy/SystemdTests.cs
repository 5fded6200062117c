using System.Diagnostics;

namespace Fer.Host.Tests.Deploy;

/// <summary>systemd itself looks at the unit where it is installed; it is not run by it.</summary>
public sealed class SystemdTests
{
    private const string Analyze = "/usr/bin/systemd-analyze";

    [Fact]
    public void Systemd_finds_nothing_wrong_with_the_unit()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Analyze))
        {
            Assert.Skip("no systemd-analyze here (apt-get install systemd)");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("fer-unit-").FullName;
        var unit = Path.Combine(folder, "fer-host.service");

        // Only the program itself is not where the unit says.
        var program = Path.Combine(folder, "fer.sh");
        File.WriteAllText(program, "#!/bin/sh\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(unit, Repository.Text("deploy/systemd/fer-host.service").Replace("/opt/fer/fer.sh", program, StringComparison.Ordinal));
        using var process = Process.Start(new ProcessStartInfo(Analyze, ["verify", "--man=no", unit]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(folder, recursive: true);

        Assert.Equal((0, ""), (process.ExitCode, said.Trim()));
    }
}
