using Fer.Actors.Devices;
using Fer.Actors.Tests.Storage;
using Fer.Models;

namespace Fer.Actors.Tests.Devices;

/// <summary>Which slots <c>fer.devices</c> gives, on a machine of three GPUs whose driver is a folder; libtorch is told how many it sees, and CUDA which.</summary>
public sealed class DeviceNameTests : IDisposable
{
    private const string A = "GPU-aaaaaaaa-1111-1111-1111-111111111111";
    private const string B = "GPU-bbbbbbbb-2222-2222-2222-222222222222";
    private const string C = "GPU-bbcccccc-3333-3333-3333-333333333333";
    private const string Slice = "MIG-dddddddd-4444-4444-4444-444444444444";
    private const string Other = "MIG-eeeeeeee-5555-5555-5555-555555555555";

    private readonly TemporaryFolder folder = new();
    private string[] numbered = [];

    public DeviceNameTests() => Number(A, B, C);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_GPU_is_called_by_the_beginning_of_its_UUID_and_its_process_sees_it_by_the_whole()
    {
        var all = Resolve(["auto"]);

        Assert.Equal(["cuda:GPU-aaaaaaaa", "cuda:GPU-bbbbbbbb", "cuda:GPU-bbcccccc"], all.Select(d => d.ToString()));
        Assert.Equal([A, B, C], all.Select(d => ProcessLane.VisibleDevice(null, d)));
        Assert.Equal(["cuda:0", "cuda:1", "cuda:2"], all.Select(d => d.Torch));
    }

    [Fact]
    public void A_GPU_that_a_reboot_numbers_anew_keeps_its_name()
    {
        var before = Assert.Single(Resolve(["cuda:0"]));
        Number(C, A, B);
        var after = Assert.Single(Resolve(["cuda:1"]));

        Assert.Equal((before.ToString(), A), (after.ToString(), after.Uuid));
    }

    [Theory]
    [InlineData("cuda:GPU-bbbbbbbb-2222-2222-2222-222222222222", B)]
    [InlineData("cuda:GPU-bbb", B)]
    [InlineData("cuda:gpu-BBCC", C)]
    [InlineData("cuda:2", C)]
    public void A_GPU_may_be_asked_for_by_its_UUID_or_the_beginning_of_it(string asked, string found) => Assert.Equal(found, Assert.Single(Resolve([asked])).Uuid);

    [Theory]
    [InlineData("2,0", "cuda:0", C)]
    [InlineData("2,0", "cuda:GPU-aaaa", A)]
    [InlineData("GPU-bbc, GPU-aaaaaaaa", "cuda:0", C)]
    [InlineData("GPU-bbc, GPU-aaaaaaaa", "cuda:GPU-aa", A)]
    public void What_is_asked_for_is_looked_for_among_the_visible(string given, string asked, string found) => Assert.Equal(found, Assert.Single(Resolve([asked], 2, given)).Uuid);

    [Theory]
    [InlineData("0")]
    [InlineData(null)]
    public void A_GPU_that_a_job_has_of_several_is_the_one_that_CUDA_shows_whatever_the_driver_lists(string? given)
    {
        // Of a node's GPUs the job's cgroup, or a container, leaves the third; CUDA counts from 0 what is left.
        var mine = Assert.Single(Resolve(["auto"], 1, given, Cuda(C)));
        Assert.Equal(("cuda:GPU-bbcccccc", C, "cuda:0"), (mine.ToString(), ProcessLane.VisibleDevice(given, mine), mine.Torch));

        // Where CUDA does not tell which that is, it keeps its number.
        var unknown = Assert.Single(Resolve(["auto"], 1, given, []));
        Assert.Equal(("cuda:0", "", "0"), (unknown.ToString(), unknown.Uuid, ProcessLane.VisibleDevice(given, unknown)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    [InlineData(A)]
    public void A_slice_that_CUDA_shows_of_a_sliced_card_is_called_by_its_own_UUID(string? given)
    {
        var slice = Assert.Single(Resolve(["auto"], 1, given, [new CudaGpu(Slice["MIG-".Length..], A["GPU-".Length..])]));

        Assert.Equal(("cuda:MIG-dddddddd", Slice), (slice.ToString(), slice.Uuid));
    }

    [Fact]
    public void A_UUID_that_is_given_is_certain_though_CUDA_tells_nothing() =>
        Assert.Equal([C, A], Resolve(["auto"], 2, "GPU-bbc, GPU-aaaaaaaa", []).Select(d => d.Uuid));

    [Fact]
    public void Slices_that_are_given_are_a_slot_each_though_CUDA_shows_one()
    {
        var slices = Resolve(["auto"], 1, $"{Slice},{Other}");

        Assert.Equal(["cuda:MIG-dddddddd", "cuda:MIG-eeeeeeee"], slices.Select(d => d.ToString()));
        Assert.Equal([Slice, Other], slices.Select(d => ProcessLane.VisibleDevice($"{Slice},{Other}", d)));
        Assert.Equal(Other, Assert.Single(Resolve(["cuda:MIG-ee"], 1, $"{Slice},{Other}")).Uuid);
    }

    [Fact]
    public void Slices_may_be_asked_for_where_none_are_given_and_each_has_a_dispatcher_of_its_own()
    {
        var slices = Resolve([$"cuda:{Slice}", $"cuda:{Other}"], 1);

        Assert.Equal([Slice, Other], slices.Select(d => d.Uuid));
        Assert.Equal(3, slices.Append(Resolve(["cuda:0"])[0]).Select(Fer.Actors.Hosting.ActorConfig.Dispatcher).Distinct().Count());
    }

    [Fact]
    public void Where_the_driver_lists_nothing_GPUs_are_called_by_their_numbers()
    {
        Number();

        Assert.Equal(["cuda:0", "cuda:1"], Resolve(["auto"], 2).Select(d => d.ToString()));
        Assert.Equal("3", ProcessLane.VisibleDevice("2,3", Resolve(["cuda:1"], 2, "2,3")[0]));
    }

    [Theory]
    [InlineData(null, "cuda:GPU-bb", "may be any of " + B + ", " + C)]
    [InlineData(null, "cuda:GPU-ff", "this machine has " + A + ", " + B + ", " + C)]
    [InlineData("1", "cuda:GPU-aa", "CUDA_VISIBLE_DEVICES has " + B)]
    [InlineData("1", "cuda:1", "this machine has 1 GPUs in CUDA_VISIBLE_DEVICES")]
    [InlineData(Slice, "cuda:" + Other, "CUDA_VISIBLE_DEVICES has " + Slice)]
    [InlineData(null, "cuda:first", "is no device")]
    public void What_cannot_be_found_is_refused_with_what_there_is(string? given, string asked, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<BadInputException>(() => Resolve([asked], given is null ? 3 : 1, given)).Message);

    [Fact]
    public void One_GPU_under_two_names_is_refused() =>
        Assert.Contains("'cuda:GPU-bbbbbbbb' is named twice", Assert.Throws<BadInputException>(() => Resolve(["cuda:1", "cuda:GPU-bbb"])).Message);

    [Fact]
    public void Nobody_asks_for_GPUs_where_only_the_processor_is_named() =>
        Assert.Equal("cpu:0", Assert.Single(DeviceName.Resolve(["cpu:0"], () => throw new InvalidOperationException("CUDA was started"))).ToString());

    private IReadOnlyList<DeviceName> Resolve(string[] setting, int count = 3, string? given = null, IReadOnlyList<CudaGpu>? cuda = null) => DeviceName.Resolve(setting, () => VisibleGpus.Of(count, given, cuda ?? Cuda(count, given), folder.Path));

    // What CUDA shows where nothing but the variable hides a card.
    private CudaGpu[] Cuda(int count, string? given) =>
        given?.Contains("MIG", StringComparison.Ordinal) == true ? []
        : Cuda([.. (given?.Split(',', StringSplitOptions.TrimEntries) ?? [.. Enumerable.Range(0, count).Select(i => $"{i}")]).Select(e => int.TryParse(e, out var number) ? numbered.ElementAtOrDefault(number) : numbered.First(u => u.StartsWith(e, StringComparison.Ordinal))).OfType<string>().Take(count)]);

    private static CudaGpu[] Cuda(params string[] uuids) => [.. uuids.Select(u => new CudaGpu(u["GPU-".Length..], u["GPU-".Length..]))];

    private void Number(params string[] uuids)
    {
        numbered = uuids;
        foreach (var old in Directory.GetDirectories(folder.Path))
        {
            Directory.Delete(old, recursive: true);
        }

        for (var i = 0; i < uuids.Length; i++)
        {
            GivenDriver.Add(folder, $"0000:{i}1:00.0", "NVIDIA H100 80GB HBM3", uuids[i]);
        }
    }
}
