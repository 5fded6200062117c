using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fer.Actors.Hosting;

namespace Fer.Actors.Tests.Hosts;

/// <summary>An authority of a test's own, and the certificates that it signs.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Password = "p\"ä 1";

    private readonly string folder;
    private readonly X509Certificate2 root;

    public TestAuthority(string folder, string name)
    {
        this.folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        root = request.CreateSelfSigned(DateTimeOffset.Now.AddYears(-2), DateTimeOffset.Now.AddYears(2));
        File = Path.Combine(folder, $"{name}.pem");
        System.IO.File.WriteAllText(File, root.ExportCertificatePem());
    }

    /// <summary>Its certificate, PEM.</summary>
    public string File { get; }

    public TlsSettings Host(string name) => new() { Certificate = Issue(name), Password = Password, Authority = File };

    /// <summary>A PFX file for a host that is valid so many days from now.</summary>
    public string Issue(string name, int days = 30, bool withKey = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var signed = request.Create(root, DateTimeOffset.Now.AddYears(-1), DateTimeOffset.Now.AddDays(days), Guid.NewGuid().ToByteArray());
        using var own = signed.CopyWithPrivateKey(key);
        var file = Path.Combine(folder, $"{name}.pfx");
        System.IO.File.WriteAllBytes(file, (withKey ? own : signed).Export(X509ContentType.Pfx, Password)!);
        return file;
    }

    public void Dispose() => root.Dispose();
}
