using Fer.Models.Files;
using FsCheck.Xunit;
using TorchSharp;

namespace Fer.Models.Tests.Files;

public class TorchFileTests
{
    private static TorchFileBuilder Small(bool legacy = false) => new TorchFileBuilder { Legacy = legacy }
        .Begin()
        .Storage("0", TorchFileBuilder.Floats(1, 2, 3, 4, 5, 6), 4)
        .Storage("1", BitConverter.GetBytes(7L), 8)
        .Tensor("layer.weight", "FloatStorage", "0", 6, 0, [2, 3], [3, 1])
        .Tensor("layer.turned", "FloatStorage", "0", 6, 0, [3, 2], [1, 3])
        .Tensor("layer.bias", "FloatStorage", "0", 6, 4, [2], [1])
        .Tensor("steps", "LongStorage", "1", 1, 0, [], []);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_state_dict_gives_its_tensors_by_name_with_strides_and_offsets_honoured(bool legacy)
    {
        using var file = WeightsFile.Read(legacy ? Small(legacy).Old() : Small().Zip(), "small.pt");

        Assert.Equal(["layer.bias", "layer.turned", "layer.weight", "steps"], file.Tensors.Keys);
        Assert.Equal([2, 3], file["layer.weight"].shape);
        Assert.Equal([1f, 2, 3, 4, 5, 6], file["layer.weight"].data<float>().ToArray());
        Assert.Equal([3, 2], file["layer.turned"].shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], file["layer.turned"].data<float>().ToArray());
        Assert.Equal([5f, 6], file["layer.bias"].data<float>().ToArray());
        Assert.Equal(7, file["steps"].ToInt64());
        Assert.Equal(torch.ScalarType.Int64, file["steps"].dtype);
    }

    [Theory]
    [InlineData("HalfStorage", new byte[] { 0x00, 0x3c, 0x00, 0xc0 }, torch.ScalarType.Float16)]
    [InlineData("BFloat16Storage", new byte[] { 0x80, 0x3f, 0x00, 0xc0 }, torch.ScalarType.BFloat16)]
    public void Narrow_numbers_keep_their_type(string type, byte[] content, torch.ScalarType expected)
    {
        using var file = WeightsFile.Read(new TorchFileBuilder().Begin().Storage("0", content, 2).Tensor("w", type, "0", 2, 0, [2], [1]).Zip(), "narrow.pt");

        Assert.Equal(expected, file["w"].dtype);
        Assert.Equal([1f, -2], file["w"].to(torch.ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void A_state_dict_inside_a_checkpoint_is_found()
    {
        var file = new TorchFileBuilder().Storage("0", TorchFileBuilder.Floats(8), 4).Op(0x80, 2).Op('}').Op('(')
            .Text("epoch").Number(3)
            .Text("state_dict").Op('}').Op('(').Tensor("w", "FloatStorage", "0", 1, 0, [1], [1]).Op('u');

        using var weights = WeightsFile.Read(file.Zip(), "checkpoint.pt");

        Assert.Equal(8, weights["w"].ToSingle());
    }

    [Fact]
    public void A_pickle_that_would_call_a_function_is_refused_by_the_functions_name()
    {
        var file = new TorchFileBuilder().Op(0x80, 2).Global("os", "system").Text("true").Op(0x85).Op('R').Op('.').Zip(endDictionary: false);

        var refused = Assert.Throws<BadInputException>(() => WeightsFile.Read(file, "evil.pt"));

        Assert.StartsWith("evil.pt holds code: GLOBAL os.system, refused", refused.Message);
    }

    [Fact]
    public void A_function_named_the_newer_way_is_refused_as_well()
    {
        var file = new TorchFileBuilder().Op(0x80, 4).Text("posix").Text("system").Op(0x93).Text("true").Op(0x85).Op('R').Op('.').Zip(endDictionary: false);

        Assert.Contains("GLOBAL posix.system", Assert.Throws<BadInputException>(() => WeightsFile.Read(file, "evil.pt")).Message);
    }

    [Theory]
    [InlineData('i')]
    [InlineData('o')]
    [InlineData('\x81')]
    [InlineData('\x92')]
    public void Operations_that_make_objects_are_refused(char operation)
    {
        var file = new TorchFileBuilder().Op(0x80, 2).Op('}').Op(')').Op((byte)operation).Op('.').Zip(endDictionary: false);

        Assert.Contains("holds more than tensors", Assert.Throws<BadInputException>(() => WeightsFile.Read(file, "objects.pt")).Message);
    }

    [Theory]
    [InlineData(5, new[] { 2 }, new[] { 1 })]
    [InlineData(0, new[] { 2, 4 }, new[] { 3, 1 })]
    [InlineData(-1, new[] { 1 }, new[] { 1 })]
    [InlineData(0, new[] { 1000000, 1000000 }, new[] { 0, 0 })]
    [InlineData(0, new[] { 2 }, new[] { 1, 1 })]
    public void A_view_outside_of_its_storage_is_refused(int offset, int[] size, int[] stride)
    {
        var file = new TorchFileBuilder().Begin().Storage("0", TorchFileBuilder.Floats(1, 2, 3, 4, 5, 6), 4).Tensor("w", "FloatStorage", "0", 6, offset, size, stride).Zip();

        Assert.Contains("lies outside of its storage", Assert.Throws<BadInputException>(() => WeightsFile.Read(file, "view.pt")).Message);
    }

    [Fact]
    public void A_storage_longer_than_the_file_is_refused_before_memory_is_taken()
    {
        var file = new TorchFileBuilder().Begin().Storage("0", TorchFileBuilder.Floats(1), 4).Tensor("w", "FloatStorage", "0", 2_000_000_000, 0, [1], [1]).Zip();

        Assert.Contains("archive/data/0 has 4 bytes, expected 8000000000", Assert.Throws<BadInputException>(() => WeightsFile.Read(file, "long.pt")).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_truncated_file_ends_in_one_sentence_wherever_it_is_cut(bool legacy)
    {
        var whole = legacy ? Small(legacy).Old() : Small().Zip();
        for (var length = 0; length < whole.Length; length++)
        {
            var sentence = Assert.Throws<BadInputException>(() => WeightsFile.Read(whole[..length], "cut.pt").Dispose()).Message;
            Assert.StartsWith("cut.pt", sentence);
            Assert.DoesNotContain('\n', sentence);
        }
    }

    [Property(MaxTest = 500)]
    public bool Damaged_bytes_give_tensors_or_one_sentence_and_nothing_else(int seed, bool legacy)
    {
        var file = legacy ? Small(legacy).Old() : Small().Zip();
        var random = new Random(seed);
        for (var i = 0; i < 3; i++)
        {
            file[random.Next(file.Length)] = (byte)random.Next(256);
        }

        try
        {
            WeightsFile.Read(file, "damaged.pt").Dispose();
            return true;
        }
        catch (BadInputException e)
        {
            return e.Message.StartsWith("damaged.pt", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_no_weights_file_is_named_with_what_was_expected()
    {
        Assert.Equal(
            "notes.txt holds no weights: expected a .safetensors file or a PyTorch state dict (.pt), found a file of 11 bytes that begins with 68656C6C.",
            Assert.Throws<BadInputException>(() => WeightsFile.Read("hello world"u8.ToArray(), "notes.txt")).Message);
        Assert.Contains("an empty file", Assert.Throws<BadInputException>(() => WeightsFile.Read([], "empty.pt")).Message);
    }

    [Fact]
    public void A_file_is_opened_by_its_content_whatever_its_name_says()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using var weights = new SafeTensors();
            weights.Add("w", torch.ones(2));
            var path = Path.Combine(folder.FullName, "weights.pt");
            File.WriteAllBytes(path, weights.ToBytes());

            using var read = WeightsFile.Open(path);
            Assert.Equal(["w"], read.Tensors.Keys);

            Assert.Contains("nowhere.pt", Assert.Throws<BadInputException>(() => WeightsFile.Open(Path.Combine(folder.FullName, "nowhere.pt"))).Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
