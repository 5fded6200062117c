using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;

namespace Fer.Actors.Tests.Hosts;

/// <summary>What deploy/make-certificates.sh makes is what hosts take.</summary>
public sealed class MadeCertificatesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fer-made-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Each_host_gets_a_certificate_that_the_authority_vouches_for_under_all_its_names()
    {
        Make("one=10.0.0.7,one.lab", "two");

        var own = HostCertificates.Load(Tls("one"))!.Own;
        var names = own.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["one", "one.lab"], names.EnumerateDnsNames());
        Assert.Equal(["10.0.0.7"], names.EnumerateIPAddresses().Select(a => a.ToString()));
        Assert.Equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], own.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Select(o => o.Value));
        Assert.NotNull(HostCertificates.Load(Tls("two")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "ca.key")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }
    }

    [Fact]
    public void A_host_that_comes_later_gets_one_of_the_same_authority()
    {
        Make("one");
        var before = (File.ReadAllText(Tls("one").Authority), Password);

        Make("three");

        Assert.Equal(before, (File.ReadAllText(Tls("three").Authority), Password));
        Assert.NotNull(HostCertificates.Load(Tls("one")));
        Assert.NotNull(HostCertificates.Load(Tls("three")));
    }

    private string Password => File.ReadAllText(Path.Combine(folder, "tls.env")).Trim().Replace("FER_CLUSTER_TLS_PASSWORD=", "", StringComparison.Ordinal);

    private TlsSettings Tls(string name) => new() { Certificate = Path.Combine(folder, $"{name}.pfx"), Password = Password, Authority = Path.Combine(folder, "ca.pem") };

    private void Make(params string[] hosts)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Fer.Actors.sln")))
        {
            root = Directory.GetParent(root)!.FullName;
        }

        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "openssl"))), "no openssl here (apt-get install openssl)");
        using var process = Process.Start(new ProcessStartInfo("bash", [Path.Combine(root, "deploy", "make-certificates.sh"), folder, .. hosts]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }
}
