using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Fer.Actors.Artifacts;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>Hosts without a common folder: what one lacks it fetches by hash from whoever has it, and what one had is not lost with it.</summary>
[Collection("hosts")]
public sealed class OwnStoreTests(PostgresServer postgres)
{
    private const int BadInput = 65;
    private static readonly string[] Quick = ["cluster.lease=3s", "cluster.beat=500ms"];

    [Fact]
    public void The_step_of_a_host_that_is_killed_and_whose_disk_is_lost_goes_on_at_another_from_what_was_saved()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]) { OwnStores = true };
        cluster.Start("a").Says("a coordinates");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        cluster.Host(step.Host).Kill();
        Directory.Delete(cluster.StoreOf(step.Host), recursive: true);

        Assert.NotEqual(step.Host, cluster.TakenAfter(step).Host);
        cluster.CompletesAsIfNothingHadHappened();
        Assert.True(cluster.Events.OfType<StepStarted>().Last(s => s.Spec.Name == SmallRun.Long).From > 0);
    }

    [Fact]
    public void A_run_that_is_handed_over_while_no_host_is_up_waits_in_the_database_with_its_faces()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]) { OwnStores = true };

        Assert.Contains("No host is there now: it waits in the database until one is.", cluster.Submit());

        // Nothing but the database has them now.
        Directory.Delete(cluster.Store, recursive: true);
        cluster.Start("a");
        cluster.Start("b");
        cluster.CompletesAsIfNothingHadHappened();
        BothHaveTheFaces(cluster);

        // Each host removes its own copies of what no state refers to.
        var retired = cluster.Events.OfType<ArtifactsRetired>().SelectMany(r => r.Artifacts).ToList();
        Assert.NotEmpty(retired);
        cluster.Patiently(() => new[] { "a", "b" }.SelectMany(h => new ArtifactStore(cluster.StoreOf(h)).All()).Intersect(retired).Any() ? null : "", "both hosts to remove what was retired");
    }

    [Fact]
    public void What_a_host_that_is_gone_for_good_had_alone_is_waited_for_and_then_computed_again_to_the_same_bytes()
    {
        using var cluster = new TestCluster(postgres, [.. Quick, "cluster.wait-for-copies=10s"]) { OwnStores = true };
        var a = cluster.Start("a");
        cluster.Submit();
        a.Says($"has done {SmallRun.Long}");

        a.Kill();
        Directory.Delete(cluster.StoreOf("a"), recursive: true);
        var b = cluster.Start("b");
        b.Says("back: what it needs may be with a, which cannot be asked now");

        cluster.EndsInTheSameBytes();
        Assert.NotEmpty(cluster.Events.OfType<StepReopened>());
    }

    [Fact]
    public void What_a_host_had_alone_is_copied_when_another_comes_and_before_it_leaves()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]) { OwnStores = true };
        var a = cluster.Start("a");
        cluster.Submit();
        cluster.Is("completed");

        cluster.Start("b").Says("b is there");
        a.Terminate();
        Assert.Equal(0, a.ExitCode());
        Directory.Delete(cluster.StoreOf("a"), recursive: true);

        cluster.CompletesAsIfNothingHadHappened();
    }

    [Fact]
    public async Task Who_does_not_know_the_databases_word_gets_nothing_from_a_host()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]) { OwnStores = true };
        cluster.Start("a").Says("a coordinates");
        cluster.Submit();
        var url = cluster.Patiently(() => cluster.Rows.Text("select url from fer.holder where name = 'a'"), "a's door");
        var hash = cluster.Patiently(() => new ArtifactStore(cluster.StoreOf("a")).All().FirstOrDefault(), "something in a's store");
        using var client = new HttpClient { BaseAddress = new Uri(url) };

        async Task<HttpStatusCode> Ask(string path) => (await client.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode;
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(ArtifactLine.PathOf(hash)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(ArtifactLine.KeepPath, null, TestContext.Current.CancellationToken)).StatusCode);
        client.DefaultRequestHeaders.Authorization = Signed(cluster, ArtifactLine.PathOf(hash));
        Assert.Equal(HttpStatusCode.OK, await Ask(ArtifactLine.PathOf(hash)));
    }

    [Fact]
    public async Task With_certificates_hosts_and_command_lines_fetch_over_TLS_and_who_shows_none_is_refused()
    {
        var made = Directory.CreateTempSubdirectory("fer-made-").FullName;
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "openssl"))), "no openssl here (apt-get install openssl)");
        using (var make = System.Diagnostics.Process.Start("bash", [FerProcess.InTree("deploy/make-certificates.sh"), made, "a=127.0.0.1", "b=127.0.0.1", "desk"]))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, make.ExitCode);
        }

        using var cluster = new TestCluster(postgres, [.. Quick]) { OwnStores = true, Certificates = made };
        cluster.Start("a").Says("a coordinates");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        var url = cluster.Patiently(() => cluster.Rows.Text("select url from fer.holder where name = 'a'"), "a's door");
        Assert.StartsWith("https://", url, StringComparison.Ordinal);

#pragma warning disable CA5359 // a stranger looks at nobody's certificate
        using var stranger = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
#pragma warning restore CA5359
        stranger.DefaultRequestHeaders.Authorization = Signed(cluster, ArtifactLine.PathOf(new string('a', 64)));
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(url + ArtifactLine.PathOf(new string('a', 64)), TestContext.Current.CancellationToken));

        var step = cluster.InTheMiddle();
        cluster.Host(step.Host).Kill();
        cluster.CompletesAsIfNothingHadHappened();
        Directory.Delete(made, recursive: true);
    }

    private static AuthenticationHeaderValue Signed(TestCluster cluster, string path) => AuthenticationHeaderValue.Parse(ArtifactLine.Sign(cluster.Rows.Text("select key from fer.door")!, "GET", path, []));

    private static void BothHaveTheFaces(TestCluster cluster) =>
        cluster.Patiently(() => cluster.Rows.Text("select count(*) from fer.parcel") == "0" ? "" : null, "both hosts to have the faces, and the database to need them no more");

    [Theory]
    [InlineData(true, "fer.cluster.artifacts is shared, and hosts of this database have a store each: expected own, or a database that is new.")]
    [InlineData(false, "fer.cluster.artifacts is own, and hosts of this database share a folder: expected shared, or a database that is new.")]
    public void Hosts_that_share_a_folder_and_hosts_that_do_not_are_not_mixed(bool own, string sentence)
    {
        using var cluster = new TestCluster(postgres, [.. Quick]) { OwnStores = own };
        cluster.Start("a").Says("a coordinates");

        var b = cluster.Start("b", [string.Create(CultureInfo.InvariantCulture, $"cluster.artifacts={(own ? "shared" : "own")}")]);

        Assert.Equal((BadInput, sentence), (b.ExitCode(), b.Said));
    }
}
