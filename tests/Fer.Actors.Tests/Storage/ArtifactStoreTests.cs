using System.Text;
using Fer.Actors.Storage;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Storage;

public sealed class ArtifactStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ArtifactStore store;

    public ArtifactStoreTests() => store = new ArtifactStore(folder.File("artifacts"));

    public void Dispose() => folder.Dispose();

    [Property(MaxTest = 30)]
    public bool What_is_put_comes_back_under_its_hash(byte[] content) => store.Get(store.Put(content)).SequenceEqual(content);

    [Fact]
    public void A_hash_is_SHA_256_of_the_content() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", store.Put("abc"u8));

    [Fact]
    public void The_same_content_twice_is_one_file()
    {
        var first = store.Put("face"u8);
        var written = File.GetLastWriteTimeUtc(store.PathOf(first));

        var second = store.Put("face"u8);

        Assert.Equal(first, second);
        Assert.Equal([first], store.All());
        Assert.Equal(written, File.GetLastWriteTimeUtc(store.PathOf(first)));
    }

    [Fact]
    public void Many_threads_may_put_the_same_content_at_once()
    {
        var content = new byte[100_000];

        var hashes = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(4).Select(_ => store.Put(content)).ToList();

        Assert.Single(hashes.Distinct());
        Assert.Equal(content, store.Get(hashes[0]));
        Assert.Equal(hashes[0], Assert.Single(Files()));
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_behind()
    {
        var blocked = store.PathOf(store.Put("face"u8));
        File.Delete(blocked);
        Directory.CreateDirectory(blocked);

        Assert.ThrowsAny<Exception>(() => store.Put("face"u8));

        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("longer")]
    [InlineData("empty")]
    public void Content_that_is_no_longer_what_its_name_says_is_noticed_and_named(string damage)
    {
        var hash = store.Put("a whole face"u8);
        Damage(store.PathOf(hash), damage);

        var error = Assert.Throws<DamagedArtifactException>(() => store.Get(hash));

        Assert.Equal(hash, error.Hash);
        Assert.Contains(store.PathOf(hash), error.Message);
        Assert.Contains("is damaged", error.Message);
    }

    [Fact]
    public void Content_that_is_missing_is_named()
    {
        var hash = store.Put("face"u8);
        store.Delete(hash);

        Assert.Contains("is missing", Assert.Throws<DamagedArtifactException>(() => store.Get(hash)).Message);
        Assert.Contains("is missing", Assert.Throws<DamagedArtifactException>(() => new ArtifactStore(folder.File("nowhere")).Get(hash)).Message);
        Assert.False(store.Has(hash));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("empty")]
    public void Putting_damaged_content_again_mends_it(string damage)
    {
        var hash = store.Put("a whole face"u8);
        Damage(store.PathOf(hash), damage);

        Assert.Equal(hash, store.Put("a whole face"u8));

        Assert.Equal("a whole face"u8.ToArray(), store.Get(hash));
    }

    [Fact]
    public void A_sweep_keeps_what_is_referred_to_and_removes_the_rest_with_the_halves_of_broken_writes()
    {
        var kept = store.Put("kept"u8);
        store.Put("forgotten"u8);
        File.WriteAllText(Path.Combine(store.Root, "aside", $"{kept}.4711.1"), "half of a wri");

        var removed = store.Sweep(new HashSet<string> { kept });

        Assert.Equal(2, removed);
        Assert.Equal(kept, Assert.Single(Files()));
    }

    [Fact]
    public void A_sweep_of_a_store_that_nothing_was_put_into_removes_nothing() => Assert.Equal(0, store.Sweep(new HashSet<string>()));

    private static void Damage(string path, string how) => File.WriteAllBytes(path, how switch
    {
        "cut" => File.ReadAllBytes(path)[..5],
        "changed" => Encoding.UTF8.GetBytes("A whole face"),
        "longer" => [.. File.ReadAllBytes(path), 0],
        _ => [],
    });

    private IEnumerable<string> Files() => Directory.EnumerateFiles(store.Root, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)!);
}
