using Fer.Actors.Devices;

namespace Fer.Actors.Tests.Devices;

/// <summary>Whose memory a GPU's is. The slot's worker is process 7.</summary>
public sealed class GpuMemoryTests
{
    private readonly GivenGpus gpus = new();

    [Fact]
    public void All_that_is_used_is_others_where_the_worker_has_computed_nothing_yet() =>
        Assert.Equal(Mib(3000), gpus.Say(3000, (1, 2900)).Look(GivenGpus.Uuid)!.Others(7, ownComputes: false));

    [Fact]
    public void What_the_worker_has_is_not_others() =>
        Assert.Equal(Mib(500), gpus.Say(6500, (7, 6000), (1, 400)).Look(GivenGpus.Uuid)!.Others(7, ownComputes: true));

    [Fact]
    public void A_worker_that_grows_between_the_two_questions_leaves_no_less_than_nothing() =>
        Assert.Equal(0, gpus.Say(6000, (7, 6500)).Look(GivenGpus.Uuid)!.Others(7, ownComputes: true));

    [Fact]
    public void Nothing_is_told_where_the_driver_does_not_list_a_worker_that_computes_or_not_its_memory()
    {
        Assert.Null(gpus.Say(6000).Look(GivenGpus.Uuid)!.Others(7, ownComputes: true));
        Assert.Null(gpus.Say(6000, (31007, 6000)).Look(GivenGpus.Uuid)!.Others(7, ownComputes: true));
        Assert.Null(gpus.Say(6000, (7, null)).Look(GivenGpus.Uuid)!.Others(7, ownComputes: true));
    }

    [Fact]
    public void What_others_have_need_not_be_listed() =>
        Assert.Equal(Mib(1000), gpus.Say(2000, (7, 1000), (1, null)).Look(GivenGpus.Uuid)!.Others(7, ownComputes: true));

    private static long Mib(int mib) => (long)mib << 20;
}
