namespace Fer.Host.Export;

/// <summary>A folder that files are written into by their path below it.</summary>
internal sealed class ExportFolder(string root)
{
    private static readonly System.Buffers.SearchValues<char> Plain = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public void Write(string path, byte[] content)
    {
        var file = Path.Combine([root, .. path.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    /// <summary>A name that is a file's name on every system: letters, digits, dash, underscore and inner dots; others become underscores.</summary>
    public static string Safe(string name)
    {
        var safe = new string([.. name.Select(c => Plain.Contains(c) ? c : '_')]).Trim('.');
        return safe.Length == 0 ? "_" : safe;
    }
}
