using Fer.Actors.Devices;
using Fer.Models.Native;

namespace Fer.Actors.Tests.Devices;

public class CudaDeterminismTests
{
    [Fact]
    public void This_libtorch_has_every_function_that_makes_a_GPU_deterministic()
    {
        NativeLibraries.RequireTorch();

        Assert.All(CudaDeterminism.Symbols, s => Assert.NotEqual(0, CudaDeterminism.Find(s)));
    }

    [Fact]
    public void What_a_libtorch_lacks_is_named_in_one_sentence_and_nothing_is_called()
    {
        var said = new List<string>();

        CudaDeterminism.Enforce(_ => 0, said.Add);

        var sentence = Assert.Single(said);
        Assert.All(CudaDeterminism.Symbols, s => Assert.Contains(s, sentence));
        Assert.DoesNotContain('\n', sentence);
    }
}
