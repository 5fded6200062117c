using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>Group normalisation (Wu, He 2018) with a learned scale and shift per channel: <c>weight</c>, <c>bias</c>.</summary>
public sealed class ChannelNorm : nn.Module<Tensor, Tensor>
{
    private readonly int groups;

    public readonly Parameter weight;
    public readonly Parameter bias;

    public ChannelNorm(int channels, int groups) : base(nameof(ChannelNorm))
    {
        this.groups = groups;
        weight = NewParameter.Ones(channels);
        bias = NewParameter.Zeros(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => nn.functional.group_norm(input, groups, weight, bias, 1e-5);
}

/// <summary>
/// Group normalisation whose scale and shift are a row of a table per class (conditional normalisation, Dumoulin et al.
/// 2017): <c>scale</c> and <c>shift</c> are <c>[classes, channels]</c>; the scale stands beside 1.
/// </summary>
public sealed class ClassNorm : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly int groups;
    private readonly int channels;

    public readonly Parameter scale;
    public readonly Parameter shift;

    public ClassNorm(int channels, int groups, int classes) : base(nameof(ClassNorm))
    {
        this.groups = groups;
        this.channels = channels;
        scale = NewParameter.Zeros(classes, channels);
        shift = NewParameter.Zeros(classes, channels);
        RegisterComponents();
    }

    /// <summary><c>[N, C, H, W]</c> with labels <c>[N]</c> of Int64 → <c>[N, C, H, W]</c>.</summary>
    public override Tensor forward(Tensor input, Tensor labels)
    {
        var flat = nn.functional.group_norm(input, groups, null, null, 1e-5);
        var factor = scale.index_select(0, labels).PlusNumber(1).view(-1, channels, 1, 1);
        var offset = shift.index_select(0, labels).view(-1, channels, 1, 1);
        return offset.PlusProduct(flat, factor);
    }
}

/// <summary>
/// Instance normalisation without learned scale (Ulyanov et al. 2016). Computed as group normalisation with a group a
/// channel: the same mathematics, and several times quicker on a processor; <paramref name="asWritten"/> calls torch's
/// instance normalisation itself.
/// </summary>
public sealed class InstanceNorm(bool asWritten) : nn.Module<Tensor, Tensor>(nameof(InstanceNorm))
{
    public override Tensor forward(Tensor input) => asWritten
        ? nn.functional.instance_norm(input, null, null, null, null)
        : nn.functional.group_norm(input, input.shape[1], null, null, 1e-5);
}

/// <summary>
/// Batch normalisation over images and places (Ioffe, Szegedy 2015) with a learned scale and shift per channel and running
/// statistics for evaluation: <c>weight</c>, <c>bias</c>, <c>running_mean</c>, <c>running_var</c>, momentum 0.1. Torch's own
/// module also counts its batches, by a number that a garbage collection may take from under it (<see cref="Numbers"/>).
/// </summary>
public sealed class BatchNorm : nn.Module<Tensor, Tensor>
{
    public readonly Parameter weight;
    public readonly Parameter bias;

    public BatchNorm(int channels) : base(nameof(BatchNorm))
    {
        weight = NewParameter.Ones(channels);
        bias = NewParameter.Zeros(channels);
        register_buffer("running_mean", zeros(channels).DetachFromDisposeScope());
        register_buffer("running_var", ones(channels).DetachFromDisposeScope());
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) =>
        nn.functional.batch_norm(input, get_buffer("running_mean"), get_buffer("running_var"), weight, bias, training, momentum: 0.1, eps: 1e-5);
}
