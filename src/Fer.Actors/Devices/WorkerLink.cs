using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor.Setup;
using Akka.Remote.Transport.DotNetty;
using Fer.Models;

namespace Fer.Actors.Devices;

/// <summary>
/// What a process and its workers know each other by: a certificate made anew at each start, the only one that either end takes. Any user of
/// the machine can reach a port on loopback, and whom remoting lets in may stop any actor. The worker gets it through its standard input,
/// a pipe that nobody else can open; it lies in no file and stands in no argument.
/// </summary>
internal sealed class WorkerLink : IDisposable
{
    private readonly X509Certificate2 certificate;

    private WorkerLink(X509Certificate2 certificate) => this.certificate = certificate;

    public static WorkerLink Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;

        // It ends with the process: the dates are there because a certificate must have some, and a clock may be set anew.
        return new WorkerLink(new CertificateRequest("CN=fer-worker-link", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddYears(-1), now.AddYears(20)));
    }

    /// <summary>As <see cref="Line"/> says it. Throws <see cref="BadInputException"/> for anything else.</summary>
    public static WorkerLink Parse(string line)
    {
        try
        {
            return new WorkerLink(X509CertificateLoader.LoadPkcs12(Convert.FromBase64String(line), null));
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw new BadInputException("The first line of the standard input is no certificate: expected the one of the process that starts this worker. Runs and hosts start workers; people need not.", e);
        }
    }

    /// <summary>With its private key, in one line: a secret.</summary>
    public string Line => Convert.ToBase64String(certificate.Export(X509ContentType.Pfx));

    /// <summary>For an actor system: TLS, both ends shown, and no certificate but this one.</summary>
    public Setup Tls => new DotNettySslSetup(certificate, suppressValidation: false, requireMutualAuthentication: true, (peer, _, _, _, _) => Is(peer));

    public void Dispose() => certificate.Dispose();

    // All of its bytes: a thumbprint is SHA-1.
    private bool Is(X509Certificate2? peer) => peer is not null && peer.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span);
}
