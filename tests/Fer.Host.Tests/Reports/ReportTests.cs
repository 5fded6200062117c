using System.Text;
using System.Xml;
using System.Xml.Linq;
using Fer.Host.Reports;
using Xunit;

namespace Fer.Host.Tests.Reports;

public class ReportTests
{
    [Fact]
    public void A_whole_run_makes_one_well_formed_page_that_asks_the_network_for_nothing()
    {
        using var run = new SampleRun().Complete();
        ReportWriter.Write(run.Folder, run.State, run.Store);
        var page = Parse(File.ReadAllBytes(run.Folder.Report));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "href" && !a.Value.StartsWith("data:", StringComparison.Ordinal) && !a.Value.StartsWith('#'));
        Assert.DoesNotContain("url(", File.ReadAllText(run.Folder.Report), StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("FER_KEEP_REPORT") is { } keep)
        {
            File.Copy(run.Folder.Report, keep, overwrite: true);
        }
    }

    internal static XDocument Parse(byte[] page)
    {
        using var reader = XmlReader.Create(new MemoryStream(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
