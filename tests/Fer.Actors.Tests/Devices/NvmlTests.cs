using Fer.Actors.Devices;
using Fer.Actors.Tests.Storage;

namespace Fer.Actors.Tests.Devices;

/// <summary>
/// NVML's functions as they are called: against a library of a few lines of C that has the layouts of <c>nvml.h</c> and knows one GPU,
/// one slice, and the card that it is a slice of. No test machine has the driver.
/// </summary>
public sealed class NvmlTests : IDisposable
{
    private const string Source = """
        #include <string.h>
        typedef struct { int number; } *nvmlDevice_t;
        typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } nvmlMemory_v2_t;
        typedef struct { unsigned int pid; unsigned long long usedGpuMemory; unsigned int gpuInstanceId, computeInstanceId; } nvmlProcessInfo_t;
        static int started;
        static struct { int number; } gpu = { 1 }, slice = { 2 }, card = { 3 };
        int nvmlInit_v2(void) { started = 1; return INIT; }
        int nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device) {
          if (!started) return 1;
          if (!strcmp(uuid, "GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f")) { *device = (nvmlDevice_t)&gpu; return 0; }
          if (!strcmp(uuid, "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f")) { *device = (nvmlDevice_t)&slice; return 0; }
          if (!strcmp(uuid, "GPU-c4c4c4c4-42e4-5de3-91c7-45d71c87eb3f")) { *device = (nvmlDevice_t)&card; return 0; }
          return 6;
        }
        int nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *current, unsigned int *pending) {
          if (device->number == 2) return 2;
          *current = *pending = device->number == 3;
          return 0;
        }
        int nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
          if (memory->version != (sizeof *memory | 2 << 24)) return 25;
          memory->total = 85899345920ull; memory->reserved = 600000000ull; memory->used = device->number * 6000000000ull; memory->free = 7;
          return 0;
        }
        int nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos) {
          unsigned int have = device->number == 1 ? 2 : 40, room = *count, i;
          *count = have;
          if (room < have) return 7;
          for (i = 0; i < have; i++) {
            infos[i].pid = 100 + i; infos[i].usedGpuMemory = i == 1 ? ~0ull : 5000000000ull + i; infos[i].gpuInstanceId = infos[i].computeInstanceId = 0xFFFFFFFF;
          }
          return 0;
        }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_GPUs_memory_and_its_processes_are_read()
    {
        var memory = Nvml.Open(Stub())!.Look("GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f")!;

        Assert.Equal(6_000_000_000, memory.UsedBytes);
        Assert.Equal([new GpuProcess(100, 5_000_000_000), new GpuProcess(101, null)], memory.Processes);
    }

    [Fact]
    public void More_processes_than_there_was_room_for_are_asked_for_again()
    {
        var memory = Nvml.Open(Stub())!.Look("MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f")!;

        Assert.Equal((40, new GpuProcess(139, 5_000_000_039)), (memory.Processes.Length, memory.Processes[^1]));
    }

    [Fact]
    public void A_card_that_is_sliced_tells_nothing_of_one_slice() => Assert.Null(Nvml.Open(Stub())!.Look("GPU-c4c4c4c4-42e4-5de3-91c7-45d71c87eb3f"));

    [Fact]
    public void A_GPU_that_is_not_there_cannot_be_looked_at() => Assert.Null(Nvml.Open(Stub())!.Look("GPU-00000000-0000-0000-0000-000000000000"));

    [Fact]
    public void Without_the_library_without_its_functions_or_without_a_driver_there_is_no_reader()
    {
        Assert.Null(Nvml.Open(folder.File("none.so")));
        Assert.Null(Nvml.Open(Stub("int nvmlInit_v2(void) { return INIT; }")));
        Assert.Null(Nvml.Open(Stub(init: 9)));
    }

    private string Stub(string source = Source, int init = 0) => GivenLibrary.Make(folder, source, init);
}
