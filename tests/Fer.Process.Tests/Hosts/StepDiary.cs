using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;
using Npgsql;

namespace Fer.Process.Tests.Hosts;

/// <summary>
/// The rows of a cluster, and a diary beside them that the database itself keeps: every change of a step's row with the host that
/// made it, so that what was accepted from whom is seen by somebody who is not under test. Survives the server's crashes.
/// </summary>
internal sealed class StepDiary : IDisposable
{
    private const string Diary = """
        create table diary (nr bigserial primary key, at timestamptz default clock_timestamp(), writer text, hash text, token bigint, before text, after text, said text);
        create function keep_diary() returns trigger language plpgsql as $$ begin
          if tg_op = 'INSERT' then
            insert into diary (writer, hash, token, before, after, said) values (current_setting('application_name'), new.hash, new.token, '', new.state, '');
          elsif old is distinct from new then
            insert into diary (writer, hash, token, before, after, said) values (current_setting('application_name'), new.hash, new.token, old.state, new.state,
              concat_ws(' ', new.host, new.until, new.began, new.position, new.checkpoints));
          end if;
          return new;
        end $$;
        create trigger diary after insert or update on fer.step for each row execute function keep_diary();
        """;

    private readonly NpgsqlDataSource source;

    public StepDiary(JournalSettings journal)
    {
        ClusterDatabase.PostgresAsync(journal, CancellationToken.None).GetAwaiter().GetResult().Dispose();

        // A connection for each question: the server may have crashed since the last.
        source = NpgsqlDataSource.Create(journal.ConnectionString + ";Pooling=False;Application Name=test");
        Execute(Diary);
    }

    public void Execute(string sql)
    {
        using var command = source.CreateCommand(sql);
        command.ExecuteNonQuery();
    }

    public string? Coordinator() => Read("select split_part(holder, '/', 1) from fer.lease where name = 'coordinator' and expires > clock_timestamp()", r => r.GetString(0)).FirstOrDefault();

    public (string Status, string Reason)? StatusOf(string run) => Read("select status, reason from fer.run where id = $1", r => ((string Status, string Reason)?)(r.GetString(0), r.GetString(1)), run).FirstOrDefault();

    /// <summary>How often a coordinator has taken a sweep up.</summary>
    public long Claims(string sweep) => Read("select count(*) from journal where manifest = 'sweep.SweepClaimed.V1' and persistence_id = 'sweep-' || $1", r => r.GetInt64(0), sweep).Single();

    /// <summary>How much of a sweep its journal says the webhook has taken.</summary>
    public long Told(string sweep) => Read("select count(*) from journal where manifest = 'sweep.WebhookTold.V1' and persistence_id = 'sweep-' || $1", r => r.GetInt64(0), sweep).Single();

    public (string Status, string Reason)? SweepOf(string id) => Read("select status, reason from fer.sweep where id = $1", r => ((string Status, string Reason)?)(r.GetString(0), r.GetString(1)), id).FirstOrDefault();

    /// <summary>A step in hand, by its name, and whether any of it is saved.</summary>
    public (StepNow Step, bool Saved)? Running(string name) =>
        Read("select hash, host, token, position, checkpoints <> '[]' from fer.step where state = 'Running' and spec::json->>'Name' = $1", r => ((StepNow, bool)?)(Step(r), r.GetBoolean(4)), name).FirstOrDefault();

    /// <summary>The only value of a question's answer, as text.</summary>
    public string? Text(string sql) => Read(sql, r => r.GetValue(0).ToString()).FirstOrDefault();

    public StepNow? Find(string hash) => Read("select hash, host, token, position from fer.step where hash = $1", Step, hash).FirstOrDefault();

    public string StateOf(string hash) => Read("select state from fer.step where hash = $1", r => r.GetString(0), hash).Single();

    /// <summary>Changes of a step's row that the database took from a host while another held it under this number.</summary>
    public IReadOnlyList<string> TakenFrom(string host, StepNow after) => Read(
        "select nr, before, after, token, said from diary where hash = $1 and writer = $2 and token = $3",
        r => $"{r.GetInt64(0)} {r.GetString(1)} -> {r.GetString(2)} #{r.GetInt64(3)} {r.GetString(4)}", after.Hash, host, after.Token);

    /// <summary>Which host's word completed a step.</summary>
    public string DoneBy(string hash) => Assert.Single(Read("select writer from diary where hash = $1 and before <> 'Done' and after = 'Done'", r => r.GetString(0), hash));

    /// <summary>More than 1: a step was claimed again.</summary>
    public long HighestNumber => Read("select max(token) from fer.step", r => r.GetInt64(0)).Single();

    /// <summary>How many steps have a result; each must have been accepted once, and have stayed.</summary>
    public int AcceptedOnce()
    {
        var accepted = Accepted();
        Assert.All(accepted, a => Assert.Equal((1, 0), (a.Times, a.Reopened)));
        return accepted.Count;
    }

    /// <summary>The same where some steps may have been given up before they had a result.</summary>
    public void NoneAcceptedTwice() => Assert.All(Accepted(), a => Assert.Equal((Math.Min(a.Times, 1), 0), (a.Times, a.Reopened)));

    private List<(string Hash, long Times, long Reopened)> Accepted() => Read("select hash, count(*) filter (where before <> 'Done' and after = 'Done'), count(*) filter (where before = 'Done' and after <> 'Done') from diary group by hash", r => (Hash: r.GetString(0), Times: r.GetInt64(1), Reopened: r.GetInt64(2)));

    public string Story => string.Join('\n', Read(
        "select s.spec::json->>'Name', d.nr, d.writer, d.token, d.before, d.after from diary d join fer.step s using (hash) where d.before <> d.after or d.token > 1 order by d.nr",
        r => $"{r.GetInt64(1)} {r.GetString(0)} #{r.GetInt64(3)} by {r.GetString(2)}: {r.GetString(4)} -> {r.GetString(5)}").TakeLast(100));

    public void Dispose() => source.Dispose();

    private static StepNow Step(NpgsqlDataReader r) => new(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3));

    private List<T> Read<T>(string sql, Func<NpgsqlDataReader, T> of, params object[] values)
    {
        try
        {
            using var command = source.CreateCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            using var reader = command.ExecuteReader();
            var all = new List<T>();
            while (reader.Read())
            {
                all.Add(of(reader));
            }

            return all;
        }
        catch (NpgsqlException)
        {
            // The server is down, or has no connection left: nothing is seen now.
            return [];
        }
    }
}
