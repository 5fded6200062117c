using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>
/// Parameters that outlive the dispose scope they are made in, as a network's own should, and that draw nothing from
/// torch's global generator, as torch's own layers do.
/// </summary>
internal static class NewParameter
{
    public static Parameter Zeros(params long[] shape) => Own(zeros(shape));

    public static Parameter Ones(params long[] shape) => Own(ones(shape));

    private static Parameter Own(Tensor start)
    {
        var parameter = new Parameter(start);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
