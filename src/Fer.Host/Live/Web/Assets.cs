using System.Security.Cryptography;
using System.Text;
using Fer.Host.Reports;

namespace Fer.Host.Live.Web;

/// <summary>The page's style sheet and script: part of the program, named by their content so that a browser keeps them and never an old one.</summary>
internal sealed class Assets
{
    private Assets(string type, string text)
    {
        (Type, Content) = (type, Encoding.UTF8.GetBytes(text));
        Hash = Convert.ToHexStringLower(SHA256.HashData(Content))[..12];
    }

    /// <summary>The report's style, and what only the page has.</summary>
    public static Assets Css { get; } = new("text/css; charset=utf-8", Style.Css + "\n" + Text("page.css"));

    public static Assets Script { get; } = new("text/javascript; charset=utf-8", Text("page.js"));

    public string Type { get; }

    public byte[] Content { get; }

    public string Hash { get; }

    private static string Text(string name)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
