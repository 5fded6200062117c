using Fer.Models.Native;
using OpenCvSharp;
using TorchSharp;
using Xunit;

namespace Fer.Models.Tests.Native;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void Both_libraries_load_here_and_say_how()
    {
        var states = NativeLibraries.Check();

        Assert.Equal(["libtorch", "OpenCV"], states.Select(s => s.Name));
        Assert.All(states, s => Assert.True(s.Loaded, s.How));
        Assert.All(states, s => Assert.True(s.How == "as it is" || s.How.StartsWith("cured ", StringComparison.Ordinal), s.How));
        Assert.StartsWith("2.", states[0].Version);
        Assert.StartsWith("4.", states[1].Version);
    }

    [Fact]
    public void A_first_tensor_needs_no_call_of_ours()
    {
        using var sum = torch.ones(3).sum();

        Assert.Equal(3f, sum.item<float>());
    }

    [Fact]
    public void OpenCV_is_held_to_one_thread()
    {
        NativeLibraries.RequireOpenCv();

        Assert.Equal(1, Cv2.GetNumThreads());
    }

    [Fact]
    public void Registering_again_does_nothing()
    {
        NativeLibraries.Register();
        NativeLibraries.Register();
        NativeLibraries.RequireTorch();
    }
}
