using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;
using Fer.Host.Live.Web;
using Fer.Host.Tests.Live.Web;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Page.Tests;

/// <summary>A page over a database of its own, whose rows and journals are written as hosts write them.</summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Host = "gpu1";

    public const string Word = "a-token-of-this-test";

    // As Akka.Persistence.Sql makes it; what the page reads is among it.
    private const string JournalTable = """
        create table journal (ordering bigserial primary key, is_deleted boolean not null default false, persistence_id varchar(255) not null, sequence_number bigint not null, created bigint not null default 0,
          message bytea not null, tags varchar(255), identifier int, manifest varchar(500), writer_uuid varchar(36), unique (persistence_id, sequence_number));
        """;

    private readonly NpgsqlDataSource database;
    private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
    private LivePage page = null!;

    private Site(NpgsqlDataSource database) => this.database = database;

    public string Url => page.Url;

    public RunRows Runs => new(database);

    public SweepRows Sweeps => new(database);

    public HostRows Hosts => new(database, TimeSpan.FromSeconds(6));

    /// <summary>What a page asks this database, without one.</summary>
    public LiveRows Rows => new(database, database);

    /// <param name="store">Where artifacts are, where a test looks at faces.</param>
    public static async Task<Site> StartAsync(PostgresServer server, string? token = Word, string seq = "", string store = "no-store")
    {
        var journal = server.NewDatabase();
        var site = new Site(await ClusterDatabase.PostgresAsync(journal, TestContext.Current.CancellationToken));
        await site.Execute(JournalTable);
        var own = await ClusterDatabase.PostgresAsync(journal, TestContext.Current.CancellationToken);
        var settings = new LivePageSettings(new HttpAddress(IPAddress.Loopback, 0), Host, TimeSpan.FromSeconds(6), new ArtifactStore(store), seq, token) { ReadsAhead = false };
        site.page = await LivePage.StartAsync(settings, own, own, (new SweepRows(own), new RunRows(own), new HostRows(own, settings.Lease)), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return site;
    }

    /// <summary>This host, with two slots, as it enters and speaks.</summary>
    public Task EnterHost() => Hosts.EnterAsync(Host, "life-1", "0.2.0", [Gpu("cuda:0"), Gpu("cuda:1")], "127.0.0.1:5070", TestContext.Current.CancellationToken);

    /// <summary>Others come to the host's second GPU.</summary>
    public Task TakeGpu(long bytes) => Hosts.SaySlotsAsync(Host, "life-1", [Gpu("cuda:0"), Gpu("cuda:1") with { OthersBytes = bytes }]);

    private static SlotInfo Gpu(string name) => new(name, "NVIDIA H100 80GB", new Fingerprint(ImmutableSortedDictionary<string, string>.Empty));

    /// <summary>A sweep with its journal, and its row as a coordinator keeps it.</summary>
    public async Task AddSweep(string id, int trials, int running = 3)
    {
        await Sweeps.SubmitAsync(id, SampleSweep.Spec, "ada");
        var events = SampleSweep.Events(id, trials, running).ToList();
        await Append(SweepReader.PersistenceId(id), events);
        await Summarise(id, events.Aggregate(SweepState.Empty, (s, e) => s.Apply(e)));
    }

    /// <summary>What a coordinator says of a sweep; it needs the seat for that.</summary>
    public async Task Summarise(string id, SweepState state)
    {
        await Execute("insert into fer.lease (name, holder, token, expires) values ('coordinator', 'test', 1, clock_timestamp() + interval '1 hour') on conflict do nothing");
        await Sweeps.SayAsync(1, id, state.Status.ToString().ToLowerInvariant(), state.Reason, SweepSummary.Of(state));
    }

    public Task AddRun(string id, string settings = "{}", string sweep = "", int trial = 0) => sweep.Length == 0
        ? Runs.SubmitAsync(id, new NewRun("refinement", settings, ImmutableSortedDictionary<string, string>.Empty), new EngineSettings(), 0, "ada")
        : AddTrial(id, settings, sweep, trial);

    /// <summary>Events as the journal's serializer writes them.</summary>
    public async Task Append<T>(string persistenceId, IReadOnlyList<T> events) where T : notnull
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var import = await connection.BeginBinaryImportAsync("copy journal (persistence_id, sequence_number, identifier, manifest, message) from stdin (format binary)");
        foreach (var e in events)
        {
            var sequence = sequences[persistenceId] = sequences.GetValueOrDefault(persistenceId) + 1;
            await import.StartRowAsync();
            await import.WriteAsync(persistenceId);
            await import.WriteAsync(sequence);
            await import.WriteAsync(7001);
            await import.WriteAsync(RecordSerializer.ManifestOf(e.GetType()));
            await import.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Options));
        }

        await import.CompleteAsync();
    }

    public async Task<NpgsqlConnection> ConnectAsync() => await database.OpenConnectionAsync();

    public async Task Execute(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        await database.DisposeAsync();
    }

    private async Task AddTrial(string id, string settings, string sweep, int trial)
    {
        await Execute("insert into fer.lease (name, holder, token, expires) values ('coordinator', 'test', 1, clock_timestamp() + interval '1 hour') on conflict do nothing");
        await Runs.SubmitTrialsAsync(1, [new RunRow(id, new NewRun("refinement", settings, ImmutableSortedDictionary<string, string>.Empty), new EngineSettings(), 0, "queued", "", "", default, "ada") { Sweep = sweep, Trial = trial, Attempt = 1 }]);
    }
}
