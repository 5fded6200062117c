using System.Text;
using Fer.Host.Export;
using Fer.Models.Training;

namespace Fer.Host.Tests.Reports;

public class EventFileTests
{
    [Fact]
    public void The_checksum_is_Castagnolis() => Assert.Equal(0xE3069283u, EventFile.Crc("123456789"u8));

    [Fact]
    public void TensorBoards_own_reader_finds_every_point()
    {
        var curve = new Curve("critic", "generator");
        curve.Add(1, 0.5, -2);
        curve.Add(300, 0.25, double.NaN);
        var events = Events(EventFile.Of(curve, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000))).Select(Tensorboard.Event.Parser.ParseFrom).ToArray();
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.All(events, e => Assert.Equal(1_700_000_000.0, e.WallTime));
        Assert.Equal(
            [(1L, "critic", 0.5f), (1, "generator", -2f), (300, "critic", 0.25f), (300, "generator", float.NaN)],
            events[1..].Select(e => (e.Step, e.Summary.Value[0].Tag, e.Summary.Value[0].SimpleValue)));
    }

    private static IEnumerable<byte[]> Events(byte[] file)
    {
        using var reader = new BinaryReader(new MemoryStream(file), Encoding.UTF8);
        while (reader.BaseStream.Position < file.Length)
        {
            var length = reader.ReadBytes(8);
            Assert.Equal(Masked(length), reader.ReadUInt32());
            var data = reader.ReadBytes((int)BitConverter.ToInt64(length));
            Assert.Equal(Masked(data), reader.ReadUInt32());
            yield return data;
        }
    }

    private static uint Masked(byte[] data)
    {
        var crc = EventFile.Crc(data);
        return unchecked((crc >> 15 | crc << 17) + 0xa282ead8u);
    }
}
