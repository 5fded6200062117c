using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Tests.Devices;
using Fer.Actors.Tests.Storage;
using Fer.Models.Native;

namespace Fer.Actors.Tests.Engine;

/// <summary>GPUs of a folder made as NVIDIA's driver makes it: two models, the second twice.</summary>
public sealed class FingerprintOfTests : IDisposable
{
    private const string A100 = "NVIDIA A100-SXM4-40GB";
    private const string T4 = "Tesla T4";

    private readonly TemporaryFolder folder = new();

    public FingerprintOfTests()
    {
        // Made out of order: only the bus ids say which is first.
        GivenDriver.Add(folder, "0000:81:00.0", T4, "GPU-cccccccc-3333-3333-3333-333333333333");
        GivenDriver.Add(folder, "0000:01:00.0", A100, "GPU-aaaaaaaa-1111-1111-1111-111111111111");
        GivenDriver.Add(folder, "0000:41:00.0", T4, "GPU-bbbbbbbb-2222-2222-2222-222222222222");
    }

    [Theory]
    [InlineData(null, new[] { 0 }, A100)]
    [InlineData(null, new[] { 1 }, T4)]
    [InlineData("", new[] { 2, 1 }, T4)]
    [InlineData(null, new[] { 2, 0, 1 }, A100 + " + " + T4)]
    [InlineData("2, 0", new[] { 0 }, T4)]
    [InlineData("2, 0", new[] { 1 }, A100)]
    [InlineData("GPU-bbbbbbbb-2222-2222-2222-222222222222,GPU-aaaaaaaa-1111-1111-1111-111111111111", new[] { 1 }, A100)]
    [InlineData("GPU-cccc", new[] { 0 }, T4)]
    [InlineData("MIG-dddddddd-4444-4444-4444-444444444444", new[] { 0 }, "unknown")]
    [InlineData("7", new[] { 0 }, "unknown")]
    public void A_GPUs_model_stands_in_the_fingerprint(string? visible, int[] slots, string expected) => Assert.Equal(expected, Gpu(visible, slots));

    [Theory]
    [InlineData(null, "aaaaaaaa-1111-1111-1111-111111111111", "bbbbbbbb-2222-2222-2222-222222222222")]
    [InlineData("2,0", "cccccccc-3333-3333-3333-333333333333", "aaaaaaaa-1111-1111-1111-111111111111")]
    [InlineData("GPU-cccccccc,GPU-aaaaaaaa", "cccccccc-3333-3333-3333-333333333333", "aaaaaaaa-1111-1111-1111-111111111111")]
    public void A_slot_called_by_its_UUID_has_the_fingerprint_of_the_same_slot_called_by_its_number(string? visible, params string[] cuda)
    {
        var named = VisibleGpus.Of(2, visible, [.. cuda.Select(u => new CudaGpu(u, u))], folder.Path).Names;

        Assert.All(named, n => Assert.NotEmpty(n.Uuid));
        Assert.All(named, n => Assert.Equal(Gpu(visible, [n.Index]), FingerprintOf.Of(new EngineSettings(), [n], visible, folder.Path).Facts["gpu"]));
    }

    [Fact]
    public void Where_all_GPUs_are_of_one_model_a_slice_of_one_is_of_that_model()
    {
        Directory.Delete(Path.Combine(folder.Path, "0000:01:00.0"), recursive: true);
        Assert.Equal(T4, Gpu("MIG-dddddddd-4444-4444-4444-444444444444", [0]));
    }

    [Fact]
    public void A_driver_that_lists_nothing_leaves_the_model_unknown()
    {
        Directory.Delete(folder.Path, recursive: true);
        Assert.Equal("unknown", Gpu(null, [0]));
        Directory.CreateDirectory(folder.Path);
    }

    [Fact]
    public void CPU_slots_take_no_notice_of_GPUs()
    {
        var facts = FingerprintOf.Of(new EngineSettings(), [new DeviceName("cpu", 0)], null, folder.Path).Facts;
        Assert.Equal(["device", "models", "opencvsharp", "precision", "processor", "rollback", "threads-per-slot", "torch", "torchsharp"], facts.Keys);
        Assert.Equal(Processor.Current.PaysBf16 ? "bf16" : "fp32", facts["precision"]);
    }

    [Theory]
    [InlineData("auto", "fp32")]
    [InlineData("fp32", "fp32")]
    [InlineData("bf16", "bf16")]
    public void A_GPUs_precision_does_not_depend_on_the_processor(string asked, string expected)
    {
        var facts = FingerprintOf.Of(new EngineSettings { Precision = asked }, [new DeviceName("cpu", 0), new DeviceName("cuda", 0)], null, folder.Path).Facts;
        Assert.Equal(expected, facts["precision"]);
        Assert.Equal("cpu+cuda", facts["device"]);
    }

    public void Dispose() => folder.Dispose();

    private string Gpu(string? visible, int[] slots) =>
        FingerprintOf.Of(new EngineSettings(), [.. slots.Select(i => new DeviceName("cuda", i))], visible, folder.Path).Facts["gpu"];
}
