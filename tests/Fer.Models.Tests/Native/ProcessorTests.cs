using Fer.Models.Native;
using Xunit;

namespace Fer.Models.Tests.Native;

public sealed class ProcessorTests
{
    [Theory]
    [InlineData("fpu sse4_2 avx2 avx512f avx512_bf16 amx_bf16", true)]
    [InlineData("fpu sse4_2 avx2 avx512f avx512_bf16", false)]
    [InlineData("fpu sse4_2 avx2", false)]
    public void Bf16_pays_with_AMX_only(string flags, bool pays)
    {
        var processor = Processor.Parse($"processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Some Xeon\nflags\t\t: {flags}\n", 4);

        Assert.NotNull(processor);
        Assert.Equal(pays, processor.PaysBf16);
        Assert.Equal(("GenuineIntel", "Some Xeon", 4), (processor.Vendor, processor.Model, processor.Cores));
        Assert.DoesNotContain("fpu", processor.Features);
    }

    [Fact]
    public void Features_stand_in_one_order_whatever_the_system_says_first() =>
        Assert.Equal(Processor.Parse("flags: avx2 sse4_2", 1)!.FeatureText, Processor.Parse("flags: sse4_2 avx2", 1)!.FeatureText);

    [Fact]
    public void A_text_without_features_is_no_processor() => Assert.Null(Processor.Parse("processor : 0\n", 1));

    [Fact]
    public void This_machine_has_a_core_and_a_feature()
    {
        Assert.True(Processor.Current.Cores > 0);
        Assert.NotEmpty(Processor.Current.Features);
    }
}
