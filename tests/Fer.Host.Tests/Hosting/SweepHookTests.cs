using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Hosting;

namespace Fer.Host.Tests.Hosting;

public sealed class SweepHookTests : IDisposable
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly HttpListener listener = new();
    private readonly Channel<(JsonNode Body, HttpListenerResponse Answer)> told = Channel.CreateUnbounded<(JsonNode, HttpListenerResponse)>();
    private readonly string address;

    public SweepHookTests()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/hook/";
        free.Stop();
        listener.Prefixes.Add(address);
        listener.Start();
        _ = ListenAsync();
    }

    public void Dispose() => listener.Close();

    [Fact]
    public async Task The_end_a_failure_and_a_standstill_are_told_and_told_again_until_somebody_takes_it()
    {
        var hook = new SweepHook(new Deaf(), _ => { }, TimeSpan.FromMilliseconds(1));
        var state = Begun(address).Apply(new TrialPlanned(At, 1, System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty));

        var failed = new TrialEnded(At, 1, 1, "failed", null, "it broke", 0);
        state = state.Apply(failed);
        hook.OnEvent(failed, state);
        var body = await NextAsync(503);
        Assert.Equal(("s", "failed", 1, "it broke"), ((string)body["sweep"]!, (string)body["what"]!, (int)body["trial"]!, (string)body["reason"]!));
        Assert.Equal("failed", (string)(await NextAsync(200))["what"]!);

        hook.OnStalled(state, At);
        Assert.Equal("stalled", (string)(await NextAsync(200))["what"]!);

        hook.OnEvent(new SweepCompleted(At, null, null), state.Apply(new SweepCompleted(At, null, null)));
        var done = await NextAsync(200);
        Assert.Equal(("done", "completed", 1), ((string)done["what"]!, (string)done["reason"]!, (int)done["summary"]!["failed"]!));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_is_a_sentence_and_holds_nobody_up()
    {
        var said = new TaskCompletionSource<string>();
        var hook = new SweepHook(new Deaf(), said.SetResult, TimeSpan.FromMilliseconds(1));
        listener.Stop();

        hook.OnEvent(new SweepCancelled(At), Begun(address).Apply(new SweepCancelled(At)));

        Assert.StartsWith($"The webhook {address} was not told: ", await said.Task);
    }

    private static SweepState Begun(string webhook) => SweepState.Empty.Apply(new SweepStarted(
        At, "s", Json.Write(new SweepSpec { Base = "", Objective = "validation.delta", Space = new SearchSpace([]), Webhook = webhook, Data = System.Collections.Immutable.ImmutableSortedDictionary<string, TrialData>.Empty }), "1"));

    private async Task<JsonNode> NextAsync(int status)
    {
        var (body, answer) = await told.Reader.ReadAsync();
        answer.StatusCode = status;
        answer.Close();
        return body;
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                told.Writer.TryWrite(((await JsonNode.ParseAsync(context.Request.InputStream))!, context.Response));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private sealed class Deaf : ISweepObserver
    {
        public void OnEvent(ISweepEvent e, SweepState state)
        {
        }

        public void OnStalled(SweepState state, DateTimeOffset since)
        {
        }
    }
}
