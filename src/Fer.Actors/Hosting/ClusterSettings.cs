using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Fer.Actors.Storage;
using Fer.Models;

namespace Fer.Actors.Hosting;

/// <summary>How hosts work together (<c>fer.cluster</c>): needed by <c>fer host</c> and by what is handed to hosts, not by a run on one machine.</summary>
public sealed record ClusterSettings
{
    public const string SharedFolder = "shared";

    public const string OwnStores = "own";

    [Description("This host's name among the hosts, unique; empty: the machine's name.")]
    public string Name { get; init; } = "";

    [Description("Folder for artifacts; content lies there under its hash. One that every host can read and write, unless artifacts = own; that, and a single host on sqlite, needs none named: hosts/store in the folder of runs.")]
    public string Store { get; init; } = "";

    [Description("shared: store is one folder for all hosts, such as NFS. own: each host has a store on a disk of its own, and fetches by hash from whoever has what it needs; needs PostgreSQL, and is to be the same on all hosts.")]
    [AllowedValues(SharedFolder, OwnStores)]
    public string Artifacts { get; init; } = SharedFolder;

    [Description("With artifacts = own: hosts that have each artifact before a row names it, as far as so many are there.")]
    [Range(2, 16)]
    public int Copies { get; init; } = 2;

    [Description("With artifacts = own: a host that fell silent, and may have what no other has, is waited for so long; then that is computed again.")]
    public TimeSpan WaitForCopies { get; init; } = TimeSpan.FromMinutes(10);

    [Description("With artifacts = own: port on which other hosts fetch artifacts; 0: any free one.")]
    [Range(0, 65_535)]
    public int ArtifactPort { get; init; }

    [Description("Address that this host listens on for other hosts; other hosts must reach it there.")]
    public string Address { get; init; } = "127.0.0.1";

    [Description("Port for other hosts; 0: any free one.")]
    [Range(0, 65_535)]
    public int Port { get; init; }

    [Description("Hosts to join, such as [\"gpu1:5070\"]; empty: whoever the database names, so that a new host needs no address and the first may be gone for good. The variable FER_CLUSTER_SEEDS may hold them, too, with commas between.")]
    public ImmutableArray<string> Seeds { get; init; } = [];

    [Description("A step belongs to the host that claimed it for so long after its last word; then others take it.")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(6);

    [Description("Time between a host's words; under a third of lease.")]
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    [Description("A GPU on which processes of others have more memory than so many MiB takes no new step until it is free again; what runs there goes on. Looked at every 2 s, where NVIDIA's driver can tell.")]
    [Range(0, 10_000_000)]
    public int GpuOthersMib { get; init; } = 1024;

    /// <summary>Certificates, where hosts meet over a network.</summary>
    public TlsSettings Tls { get; init; } = new();

    /// <summary>The name in use.</summary>
    public string HostName => Name.Length > 0 ? Name : Environment.MachineName;

    /// <summary>With the store that a single host has where none is named; several need theirs named.</summary>
    /// <param name="runs">The folder of runs: hosts of different ones know nothing of each other.</param>
    public ClusterSettings In(string runs, JournalSettings journal) => Artifacts == OwnStores && SingleHost.Is(journal) ? throw new BadInputException("fer.cluster.artifacts is own, and fer.journal.provider sqlite: hosts with a store each need fer.journal.provider = postgres; a single host has its own in any case.")
        : Store.Length == 0 && (SingleHost.Is(journal) || KeepsOwn(journal)) ? this with { Store = SingleHost.StoreIn(runs) } : this;

    /// <summary>Whether hosts have a store each, and no folder in common.</summary>
    public bool KeepsOwn(JournalSettings journal) => Artifacts == OwnStores && !SingleHost.Is(journal);

    /// <summary>Whether nothing but this machine can reach it.</summary>
    public bool IsLoopback => Address is "localhost" || (IPAddress.TryParse(Address, out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>Refuses what cannot work, with a <see cref="BadInputException"/> that names the key.</summary>
    public void Check()
    {
        if (HostName.Contains('/', StringComparison.Ordinal))
        {
            throw new BadInputException($"fer.cluster.name is '{HostName}': expected a name without '/', which stands between a host and its slot.");
        }

        if (Lease < TimeSpan.FromSeconds(1))
        {
            throw new BadInputException($"fer.cluster.lease is {Lease.TotalSeconds:0.###}s: expected at least 1s, or every breath of a database would cost a step its host.");
        }

        if (Beat <= TimeSpan.Zero || Beat * 3 > Lease)
        {
            throw new BadInputException($"fer.cluster.beat is {Beat.TotalSeconds:0.###}s with fer.cluster.lease {Lease.TotalSeconds:0.###}s: expected at most a third of the lease, so that a word may be lost.");
        }

        if (Tls.Certificate.Length > 0 != Tls.Authority.Length > 0)
        {
            throw new BadInputException("fer.cluster.tls needs both certificate and authority, or neither.");
        }
    }
}

/// <summary>Mutual TLS between hosts (<c>fer.cluster.tls</c>).</summary>
public sealed record TlsSettings
{
    [Description("This host's certificate with its key, a PFX file; empty: no TLS, on loopback addresses only.")]
    public string Certificate { get; init; } = "";

    [Description("Password of the PFX file. Never printed; the environment variable FER_CLUSTER_TLS_PASSWORD is better than a file.")]
    public string Password { get; init; } = "";

    [Description("Certificate of the authority that signed every host's, a PEM file: who shows none of its certificates is a stranger.")]
    public string Authority { get; init; } = "";
}
