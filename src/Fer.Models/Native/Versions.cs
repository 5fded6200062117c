using System.Reflection;
using OpenCvSharp;
using TorchSharp;

namespace Fer.Models.Native;

/// <summary>Versions of what decides bits besides this code; part of a run's fingerprint.</summary>
public static class Versions
{
    /// <summary>Of the TorchSharp assembly, <c>0.107.0</c>.</summary>
    public static string TorchSharp { get; } = Of(typeof(torch).Assembly);

    /// <summary>Of libtorch itself, <c>2.10.0</c>. Loads it.</summary>
    public static string LibTorch
    {
        get
        {
            NativeLibraries.RequireTorch();
            return torch.__version__;
        }
    }

    /// <summary>Of OpenCV itself, <c>4.13.0</c>. Loads it.</summary>
    public static string OpenCv
    {
        get
        {
            NativeLibraries.RequireOpenCv();
            return Cv2.GetVersionString() ?? "unknown";
        }
    }

    /// <summary>Of the OpenCvSharp assembly.</summary>
    public static string OpenCvSharp { get; } = Of(typeof(Cv2).Assembly);

    private static string Of(Assembly assembly) =>
        (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version!.ToString()).Split('+')[0];
}
