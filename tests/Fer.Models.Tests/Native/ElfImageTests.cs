using Fer.Models.Native;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Native;

public sealed class ElfImageTests
{
    private const string NewLibstdcxx = "GLIBCXX_3.4.32";
    private const string Marker = "_ZSt21ios_base_library_initv";
    private static readonly Lazy<byte[]> Torch = new(() => Library("libLibTorchSharp.so"));

    [Fact]
    public void Needs_are_listed_in_order() =>
        Assert.Equal(["libtorch.so", "libc10.so", "libtorch_cpu.so", "libstdc++.so.6"], ElfImage.Needed(Torch.Value).Take(4));

    [Fact]
    public void A_dropped_need_is_gone_and_the_others_stay()
    {
        var before = Torch.Value.ToArray();

        var without = ElfImage.WithoutNeeded(Torch.Value, new HashSet<string> { "libtorch.so", "libc10.so", "libnever.so" });

        Assert.Equal(ElfImage.Needed(before).Except(["libtorch.so", "libc10.so"]), ElfImage.Needed(without));
        Assert.Equal(before.Length, without.Length);
        Assert.Equal(before, Torch.Value);
    }

    [Fact]
    public void A_need_with_versioned_symbols_cannot_be_dropped()
    {
        var e = Assert.Throws<BadImageFormatException>(() => ElfImage.WithoutNeeded(Torch.Value, new HashSet<string> { "libstdc++.so.6" }));

        Assert.Contains("libstdc++.so.6", e.Message);
    }

    [Fact]
    public void The_marker_s_version_becomes_weak_by_one_byte()
    {
        var weak = ElfImage.WithWeakVersion(Torch.Value, NewLibstdcxx, Marker);

        var changed = Enumerable.Range(0, weak.Length).Where(i => weak[i] != Torch.Value[i]).ToList();
        Assert.Single(changed);
        Assert.Equal(Torch.Value[changed[0]] | 2, weak[changed[0]]);
    }

    [Fact]
    public void A_version_that_is_truly_used_stays_needed()
    {
        var e = Assert.Throws<BadImageFormatException>(() => ElfImage.WithWeakVersion(Torch.Value, "GLIBCXX_3.4", Marker));

        Assert.Contains("uses", e.Message);
    }

    [Fact]
    public void A_version_that_is_not_asked_for_is_said() =>
        Assert.Contains("GLIBCXX_9", Assert.Throws<BadImageFormatException>(() => ElfImage.WithWeakVersion(Torch.Value, "GLIBCXX_9", Marker)).Message);

    [Fact]
    public void A_changed_copy_of_OpenCV_loads_from_memory_and_from_a_file()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("The cures are for Linux.");
        }

        var image = Library("libOpenCvSharpExtern.so");
        var changed = ElfImage.WithoutNeeded(image, NativeLibraries.WindowLibraries);
        Assert.DoesNotContain(ElfImage.Needed(changed), n => n.Contains("gtk", StringComparison.Ordinal) || n.Contains("gdk", StringComparison.Ordinal) || n.Contains("pango", StringComparison.Ordinal));
        Assert.NotEqual(ElfImage.Needed(image), ElfImage.Needed(changed));

        var (handle, where) = MemoryImage.Load("libOpenCvSharpExtern.so", changed);
        var other = MemoryImage.LoadFromFile("libOpenCvSharpExtern.so", changed);

        Assert.Equal("in memory", where);
        Assert.NotEqual(handle, other);
        Assert.All([handle, other], h => Assert.True(System.Runtime.InteropServices.NativeLibrary.TryGetExport(h, "core_setNumThreads", out _)));
    }

    [Property(MaxTest = 200)]
    public void Damaged_bytes_end_in_one_kind_of_exception(PositiveInt seed)
    {
        // Headers, dynamic section and version needs are where an offset can lead astray.
        var image = Torch.Value.ToArray();
        var random = new Random(seed.Get);
        for (var i = 0; i < 20; i++)
        {
            image[random.Next(2) == 0 ? random.Next(4, 0x400) : image.Length - 1 - random.Next(0x900)] = (byte)random.Next(256);
        }

        try
        {
            ElfImage.Needed(image);
            ElfImage.WithoutNeeded(image, new HashSet<string> { "libtorch.so" });
            ElfImage.WithWeakVersion(image, NewLibstdcxx, Marker);
        }
        catch (BadImageFormatException)
        {
            // As promised.
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(70)]
    [InlineData(5000)]
    public void A_cut_file_is_refused(int length) => Assert.Throws<BadImageFormatException>(() => ElfImage.Needed(Torch.Value.AsSpan(0, length)));

    private static byte[] Library(string name)
    {
        var file = ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);
        if (file is null)
        {
            Assert.Skip($"{name} is not here: the cures are for Linux.");
        }

        return File.ReadAllBytes(file);
    }
}
