using System.Data.Common;

namespace Fer.Actors.Sweeps;

/// <summary>
/// A row that one holder has at a time, with a number that grows with each change of hands. The database's clock lets others take it;
/// the holder gives itself up by its own clock, counted from before it asked, so it does not believe for longer than the lease.
/// </summary>
/// <param name="holder">Unique for each life of a process.</param>
public sealed class LeaseRow(DbDataSource source, string name, string holder, TimeSpan lease)
{
    /// <summary>Whoever holds it coordinates: has the journals' runs in hand.</summary>
    public const string Coordinator = "coordinator";

    private static readonly TimeSpan Past = TimeSpan.FromSeconds(1);

    /// <summary>What this program speaks (<see cref="Hosting.HostWire.Version"/>).</summary>
    public int Wire { get; init; } = Hosting.HostWire.Version;

    /// <summary>Takes the row when it is free, or prolongs it when it is held here. Null: another has it, or hosts of a newer wire version have entered.</summary>
    /// <returns>The holder's number.</returns>
    public async Task<long?> TakeAsync()
    {
        await using var command = source.Command(
            """
            insert into fer.lease as l (name, holder, token, expires) select $1, $2, 1, clock_timestamp() + $3 where (select wire from fer.schema) <= $4
            on conflict (name) do update set token = case when l.holder = excluded.holder then l.token else l.token + 1 end, holder = excluded.holder, expires = excluded.expires
            where l.holder = excluded.holder or l.expires < clock_timestamp()
            returning token
            """,
            name, holder, lease, Wire);
        return (long?)await command.ExecuteScalarAsync().ConfigureAwait(false);
    }

    /// <summary>Gives it back, so that nobody has to wait.</summary>
    public async Task ReleaseAsync()
    {
        await using var command = source.Command("update fer.lease set expires = clock_timestamp() - $3 where name = $1 and holder = $2", name, holder, Past);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }
}
