using Fer.Host.Settings;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fer.Host.Tests.Settings;

public class HoconScanTests
{
    [Theory]
    [InlineData("fer { a = 1", "x.conf:1: the brace { opened here is never closed; add a }.")]
    [InlineData("fer {\n a {\n b = 1\n}\n", "x.conf:1: the brace { opened here is never closed; add a }.")]
    [InlineData("fer { a = 1 }\n}", "x.conf:2: a closing brace } too many.")]
    [InlineData("fer {\n a = [1, 2\n}", "x.conf:2: fer.a: the bracket [ opened here is never closed; add a ].")]
    [InlineData("fer {\n a = \"x\n}", "x.conf:2: a quotation mark is never closed.")]
    [InlineData("fer { a = 1 b = 2 }", "x.conf:1: fer.a: '1 b =…' cannot stand without quotes; put each setting on its own line, or quote the value.")]
    [InlineData("fer {\n a 1\n}", "x.conf:2: after the key 'fer.a' comes '1', expected =, : or {.")]
    [InlineData("fer {\n a = ${b}\n}", "x.conf:2: fer.a: ${…} is not supported; write the value out (secrets may come from the environment, see reference.conf).")]
    [InlineData("fer {\n a = ${a} [2]\n}", "x.conf:2: fer.a: ${…} is not supported; write the value out (secrets may come from the environment, see reference.conf).")]
    [InlineData("fer {\n a += 2\n}", "x.conf:2: fer.a: += is not supported; write the whole list.")]
    [InlineData("fer {\n url = http://seq\n}", "x.conf:2: fer.url: an address such as http://… needs quotes, because // starts a comment.")]
    [InlineData("include \"other.conf\"", "x.conf:1: include is not supported; write the settings into this file.")]
    [InlineData("fer {\n a =\n}", "x.conf:3: fer.a has no value.")]
    [InlineData("hello", "x.conf:1: after the key 'hello' comes 'the end of the line', expected =, : or {.")]
    [InlineData("= 3", "x.conf:1: '= 3' stands where a key was expected.")]
    [InlineData("fer { a = {b=1} {c=2} }", "x.conf:1: fer.a: '{c=2} }' follows its value; expected a new line or a comma.")]
    [InlineData("fer { a = \"x\" y }", "x.conf:1: fer.a: 'y }' follows its value; expected a new line or a comma.")]
    public void A_text_that_is_no_HOCON_is_reported_with_its_line(string text, string sentence)
    {
        var e = Assert.Throws<SettingsException>(() => HoconFile.Parse(text, "x.conf"));

        Assert.Equal(sentence, e.Message);
    }

    [Theory]
    [InlineData("fer { a { b = 1 }, c = 2 }", "fer.a.b=1 fer.c=2")]
    [InlineData("fer.gan.batch = 3\nfer.gan { steps : 4 }", "fer.gan.batch=3 fer.gan.steps=4")]
    [InlineData("fer { devices = [cuda:0, cuda:1] }", "fer.devices=[cuda:0;cuda:1]")]
    [InlineData("fer { path = /data/my faces # mine\n b = \"#//x=\" // c\n }", "fer.b=#//x= fer.path=/data/my faces")]
    [InlineData("{ fer { a = 1e-4, b = 30s } }", "fer.a=1e-4 fer.b=30s")]
    [InlineData("fer { a = [1\n 2\n 3]\n b = []\n}", "fer.a=[1;2;3] fer.b=[]")]
    [InlineData("fer { a = C:\\faces }", "fer.a=C:\\faces")]
    [InlineData("# nothing\n", "")]
    [InlineData("", "")]
    public void What_is_meant_is_read(string text, string expected)
    {
        Assert.Equal(expected, string.Join(' ', Flat(HoconFile.Parse(text, "x.conf"), "")));
    }

    [Fact]
    public void Every_value_knows_its_line()
    {
        var tree = HoconFile.Parse("# first\nfer {\n\n  gan {\n    batch = 3\n  }\n}\n", "x.conf");

        var gan = (BlockNode)((BlockNode)tree.Members["fer"]).Members["gan"];
        Assert.Equal((4, 5), (gan.Line, gan.Members["batch"].Line));
    }

    [Property(MaxTest = 500)]
    public FsCheck.Property Whatever_is_typed_the_parser_ends_with_a_tree_or_a_sentence()
    {
        var pieces = Gen.Elements("fer", "a", "b.c", "{", "}", "[", "]", "=", ":", ",", "\n", " ", "\"", "#", "//", "${a}", "+=", "1", "x y", "\\", "include", "null", "%", "'", "é");
        return Prop.ForAll(pieces.ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            try
            {
                HoconFile.Parse(text, "x.conf");
            }
            catch (SettingsException e)
            {
                Assert.All(e.Problems, p => Assert.StartsWith("x.conf", p.ToString()));
            }
        });
    }

    private static IEnumerable<string> Flat(SettingNode node, string path) => node switch
    {
        BlockNode b => b.Members.SelectMany(m => Flat(m.Value, path.Length == 0 ? m.Key : $"{path}.{m.Key}")),
        ListNode l => [$"{path}=[{string.Join(';', l.Items)}]"],
        TextNode t => [$"{path}={t.Text}"],
        _ => [],
    };
}
