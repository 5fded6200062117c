namespace Fer.Host.Tests.Deploy;

/// <summary>Files that are shipped as they lie in the repository.</summary>
internal static class Repository
{
    private static readonly string Root = Find(AppContext.BaseDirectory);

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static string Text(string relative) => File.ReadAllText(Path(relative)).ReplaceLineEndings("\n");

    private static string Find(string folder) => File.Exists(System.IO.Path.Combine(folder, "Fer.Actors.sln")) ? folder : Find(Directory.GetParent(folder)!.FullName);
}
