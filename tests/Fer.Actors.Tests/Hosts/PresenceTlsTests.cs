using System.Net;
using System.Net.Sockets;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Tests.Journals;
using Fer.Actors.Tests.Storage;
using Fer.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Actors.Tests.Hosts;

[Collection("postgres")]
public sealed class PresenceTlsTests(PostgresServer postgres) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Hosts_of_one_authority_meet_and_a_stranger_is_refused_and_logged_once()
    {
        using var lab = new TestAuthority(folder.Path, "lab");
        using var other = new TestAuthority(folder.Path, "other");
        await using var database = NpgsqlDataSource.Create(postgres.NewDatabase().ConnectionString);
        await using var one = await Onlooker.StartAsync(database, "one", new ClusterSettings { Tls = lab.Host("one") });
        await one.IsJoined();

        await using (var stranger = await Onlooker.StartAsync(database, "stranger", new ClusterSettings { Tls = other.Host("stranger") }))
        {
            await one.Says("A stranger at");

            // It has called twice when it has come back and failed again.
            await stranger.Says("starts again in 2 s");
        }

        await SendNonsense(one.Presence.Address);
        await using var two = await Onlooker.StartAsync(database, "two", new ClusterSettings { Tls = lab.Host("two") });
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));
        two.Presence.Hint("over TLS");
        await one.Hears("over TLS");
        Assert.Single(one.Log, s => s.Contains("A stranger at", StringComparison.Ordinal) && s.Contains("CN=stranger", StringComparison.Ordinal));
        Assert.DoesNotContain(one.Log, s => s.Contains("ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_calls_an_impostor_starts_its_presence_again_and_lives()
    {
        using var lab = new TestAuthority(folder.Path, "lab");
        using var other = new TestAuthority(folder.Path, "other");
        await using var database = NpgsqlDataSource.Create(postgres.NewDatabase().ConnectionString);
        await using var impostor = await Onlooker.StartAsync(database, "impostor", new ClusterSettings { Tls = other.Host("impostor") });

        await using var one = await Onlooker.StartAsync(database, "one", new ClusterSettings { Tls = lab.Host("one"), Seeds = [impostor.Presence.Address] });

        await one.Says("showed no certificate of the authority");
        await one.Says("listens again");
        Assert.Equal("one", Assert.Single(one.Presence.Hosts).Name);
    }

    [Theory]
    [InlineData("missing", "fer.cluster.tls.certificate: {0}/no.pfx cannot be read (")]
    [InlineData("password", "fer.cluster.tls.certificate: {0}/good.pfx does not open with the password given: look at fer.cluster.tls.password or the variable FER_CLUSTER_TLS_PASSWORD.")]
    [InlineData("no pfx", "fer.cluster.tls.certificate: {0}/lab.pem is no PFX file: expected")]
    [InlineData("no key", "fer.cluster.tls.certificate: {0}/nokey.pfx holds a certificate without its private key: expected both")]
    [InlineData("expired", "fer.cluster.tls.certificate: {0}/old.pfx is valid from ")]
    [InlineData("another authority", "fer.cluster.tls.certificate: {0}/good.pfx is not accepted under fer.cluster.tls.authority {0}/other.pem (")]
    [InlineData("authority missing", "fer.cluster.tls.authority: {0}/no.pem cannot be read (")]
    [InlineData("authority empty", "fer.cluster.tls.authority: {0}/empty.pem holds no certificate: expected a PEM file")]
    [InlineData("network without TLS", "fer.cluster.address is 192.0.2.1, which others reach over the network, and fer.cluster.tls names no certificate")]
    [InlineData("every address", "fer.cluster.address is 0.0.0.0, which stands for every address of this machine")]
    [InlineData("not this machine's", "This host cannot listen on 192.0.2.1:0 (")]
    [InlineData("port in use", "This host cannot listen on 127.0.0.1:{1} (")]
    [InlineData("seed without TLS", "fer.cluster.seeds holds \"gpu1:5070\", which is reached over the network, and fer.cluster.tls names no certificate")]
    [InlineData("seed", "fer.cluster.seeds holds \"gpu1\": expected host:port")]
    public async Task What_cannot_work_is_one_sentence(string what, string expected)
    {
        using var lab = new TestAuthority(folder.Path, "lab");
        using var other = new TestAuthority(folder.Path, "other");
        File.WriteAllText(Path.Combine(folder.Path, "empty.pem"), "");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var good = new ClusterSettings { Tls = lab.Host("good") };
        var settings = what switch
        {
            "missing" => With(good, t => t with { Certificate = Path.Combine(folder.Path, "no.pfx") }),
            "password" => With(good, t => t with { Password = "another" }),
            "no pfx" => With(good, t => t with { Certificate = lab.File }),
            "no key" => With(good, t => t with { Certificate = lab.Issue("nokey", withKey: false) }),
            "expired" => With(good, t => t with { Certificate = lab.Issue("old", days: -1) }),
            "another authority" => With(good, t => t with { Authority = other.File }),
            "authority missing" => With(good, t => t with { Authority = Path.Combine(folder.Path, "no.pem") }),
            "authority empty" => With(good, t => t with { Authority = Path.Combine(folder.Path, "empty.pem") }),
            "network without TLS" => new ClusterSettings { Address = "192.0.2.1" },
            "every address" => good with { Address = "0.0.0.0" },
            "not this machine's" => good with { Address = "192.0.2.1" },
            "port in use" => good with { Port = port },
            "seed without TLS" => new ClusterSettings { Seeds = ["gpu1:5070"] },
            _ => good with { Seeds = ["gpu1"] },
        };
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");

        var error = await Assert.ThrowsAsync<BadInputException>(() => Presence.StartAsync(settings, nowhere, _ => { }, _ => { }, NullLoggerFactory.Instance, TestContext.Current.CancellationToken));

        Assert.StartsWith(string.Format(expected, folder.Path, port), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain("another", error.Message);
    }

    private static async Task SendNonsense(string address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: fer\r\n\r\n"u8.ToArray());
        Assert.Equal(0, await client.GetStream().ReadAtLeastAsync(new byte[4096], 4096, throwOnEndOfStream: false) / 4096);
    }

    private static ClusterSettings With(ClusterSettings settings, Func<TlsSettings, TlsSettings> change) => settings with { Tls = change(settings.Tls) };
}
