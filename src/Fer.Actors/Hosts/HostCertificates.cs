using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fer.Actors.Hosting;
using Fer.Models;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosts;

/// <summary>This host's certificate and the authority that every host's must come from; any certificate of the authority's is a host's.</summary>
internal sealed class HostCertificates
{
    private readonly X509Certificate2Collection authority;
    private readonly ConcurrentDictionary<string, bool> refused = new(StringComparer.Ordinal);

    private HostCertificates(X509Certificate2 own, X509Certificate2Collection authority)
    {
        Own = own;
        this.authority = authority;
    }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Null where the settings name none. Throws <see cref="BadInputException"/> that names the key, the file and what is wrong with it.</summary>
    public static HostCertificates? Load(TlsSettings settings)
    {
        if (settings.Certificate.Length == 0)
        {
            return null;
        }

        var authority = LoadAuthority(settings.Authority);
        var own = LoadOwn(settings);
        var what = $"fer.cluster.tls.certificate: {settings.Certificate}";
        if (!own.HasPrivateKey)
        {
            throw new BadInputException($"{what} holds a certificate without its private key: expected both, as openssl pkcs12 -export -inkey puts them into one file.");
        }

        var now = DateTime.Now;
        if (now > own.NotAfter || now < own.NotBefore)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{what} is valid from {own.NotBefore:yyyy-MM-dd HH:mm} to {own.NotAfter:yyyy-MM-dd HH:mm}, and here it is {now:yyyy-MM-dd HH:mm}: expected a certificate that is valid now."));
        }

        var found = new HostCertificates(own, authority);
        return found.WhyNot(own, null) is { } reason
            ? throw new BadInputException($"{what} is not accepted under fer.cluster.tls.authority {settings.Authority} ({reason}): expected a certificate that this authority signed.")
            : found;
    }

    /// <summary>Whether a peer's certificate comes from the authority; who is refused is logged, once a certificate.</summary>
    public bool Accepts(X509Certificate2? peer, X509Chain? chain, string from, ILogger log)
    {
        var reason = peer is null ? "no certificate" : WhyNot(peer, chain?.ChainPolicy.ExtraStore);
        if (reason is not null && refused.Count < 1000 && refused.TryAdd(peer?.Thumbprint ?? "", true))
        {
            log.LogWarning("A stranger at {Address} was refused: {Subject} is no certificate of the authority in fer.cluster.tls.authority ({Reason}).", from, peer?.Subject ?? "nothing", reason);
        }

        return reason is null;
    }

    private string? WhyNot(X509Certificate2 certificate, X509Certificate2Collection? sentAlong)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (sentAlong is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sentAlong);
        }

        return chain.Build(certificate) ? null : string.Join(", ", chain.ChainStatus.Select(s => s.Status).Distinct());
    }

    private static X509Certificate2Collection LoadAuthority(string file)
    {
        var authority = new X509Certificate2Collection();
        try
        {
            authority.ImportFromPem(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"fer.cluster.tls.authority: {file} cannot be read ({e.Message}): expected the authority's certificate as a PEM file.", e);
        }
        catch (CryptographicException e)
        {
            throw new BadInputException($"fer.cluster.tls.authority: {file} holds a damaged certificate ({e.Message}): expected the authority's certificate as a PEM file.", e);
        }

        return authority.Count > 0 ? authority : throw new BadInputException($"fer.cluster.tls.authority: {file} holds no certificate: expected a PEM file with -----BEGIN CERTIFICATE-----.");
    }

    private static X509Certificate2 LoadOwn(TlsSettings settings)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(settings.Certificate);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"fer.cluster.tls.certificate: {settings.Certificate} cannot be read ({e.Message}): expected this host's certificate with its key as a PFX file.", e);
        }

        try
        {
            return X509CertificateLoader.LoadPkcs12(bytes, settings.Password);
        }
        catch (CryptographicException e) when (IsPfx(bytes))
        {
            throw new BadInputException($"fer.cluster.tls.certificate: {settings.Certificate} does not open with the password given: look at fer.cluster.tls.password or the variable FER_CLUSTER_TLS_PASSWORD.", e);
        }
        catch (CryptographicException e)
        {
            throw new BadInputException($"fer.cluster.tls.certificate: {settings.Certificate} is no PFX file: expected this host's certificate with its key, as openssl pkcs12 -export writes it.", e);
        }
    }

    private static bool IsPfx(byte[] bytes)
    {
        try
        {
            return X509Certificate2.GetCertContentType(bytes) == X509ContentType.Pfx;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
