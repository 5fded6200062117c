using Fer.Actors.Devices;
using Fer.Actors.Tests.Storage;

namespace Fer.Actors.Tests.Devices;

/// <summary>
/// CUDA's functions as they are called: against a library of a few lines of C with the signatures of <c>cuda.h</c>, which shows a whole card
/// and a slice. No test machine has the driver.
/// </summary>
public sealed class CudaGpusTests : IDisposable
{
    private const string Source = """
        #include <string.h>
        typedef struct { char bytes[16]; } CUuuid;
        static int started;
        static const unsigned char card[16] = { 0x5c, 0x89, 0x85, 0x2c, 0xd2, 0x68, 0xc3, 0xf3, 0x1b, 0x07, 0x00, 0x5d, 0x5a, 0xe1, 0xdc, 0x3f };
        int cuInit(unsigned int flags) { started = flags == 0; return INIT; }
        int cuDeviceGet(int *device, int ordinal) { if (!started) return 3; if (ordinal > 1) return 101; *device = 70 + ordinal; return 0; }
        int cuDeviceGetUuid(CUuuid *uuid, int device) { memcpy(uuid->bytes, card, 16); return device < 70; }
        int cuDeviceGetUuid_v2(CUuuid *uuid, int device) { memcpy(uuid->bytes, card, 16); if (device == 71) uuid->bytes[0] = 0x0f; return device < 70; }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_number_has_the_UUID_of_its_card_or_slice() => Assert.Equal(
        [new CudaGpu("5c89852c-d268-c3f3-1b07-005d5ae1dc3f", "5c89852c-d268-c3f3-1b07-005d5ae1dc3f"), new CudaGpu("0f89852c-d268-c3f3-1b07-005d5ae1dc3f", "5c89852c-d268-c3f3-1b07-005d5ae1dc3f")],
        CudaGpus.Of(2, Library()));

    [Fact]
    public void Where_it_does_not_tell_all_it_tells_none()
    {
        Assert.Empty(CudaGpus.Of(3, Library()));
        Assert.Empty(CudaGpus.Of(1, Library(init: 100)));
        Assert.Empty(CudaGpus.Of(1, Library("int cuInit(unsigned int flags) { return INIT; }")));
        Assert.Empty(CudaGpus.Of(1, folder.File("none.so")));
        Assert.Empty(CudaGpus.Of(0));
    }

    private string Library(string source = Source, int init = 0) => GivenLibrary.Make(folder, source, init);
}
