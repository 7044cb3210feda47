using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Plinth.Core.Native;

/// <summary>Loads the TorchSharp shim, relaxed in memory where this system's C++ library is older than it asks for.</summary>
internal static class ShimLoader
{
    /// <summary>Loads the shim.</summary>
    /// <param name="path">The shim file; it is never changed.</param>
    /// <returns>Its handle and whether the image was relaxed.</returns>
    /// <exception cref="DllNotFoundException">The system refuses it for another reason; the text is the system's.</exception>
    public static (nint Handle, bool IsPatched) Load(string path)
    {
        if (NativeLibrary.TryLoad(path, out var handle))
        {
            return (handle, false);
        }
        if (OperatingSystem.IsLinux())
        {
            var image = File.ReadAllBytes(path);
            if (ElfVersion.Weaken(image, "GLIBCXX_3.4.32"u8))
            {
                return (LoadImage(image), true);
            }
        }
        return (NativeLibrary.Load(path), false); // fails again, now with the loader's own words
    }

    // An anonymous file: nothing to clean up, and no race between two programs that start at once.
    private static nint LoadImage(byte[] image)
    {
        var descriptor = MemoryFile("libLibTorchSharp.so", 0);
        if (descriptor >= 0)
        {
            using var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 1);
            stream.Write(image);
            stream.Flush();
            if (NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out var handle))
            {
                return handle;
            }
        }
        var folder = Directory.CreateTempSubdirectory("plinth-native-"); // readable by this user only
        try
        {
            var copy = Path.Combine(folder.FullName, "libLibTorchSharp.so");
            File.WriteAllBytes(copy, image);
            return NativeLibrary.Load(copy);
        }
        finally
        {
            folder.Delete(recursive: true); // a mapped file lives on without its name
        }
    }

    [DllImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    private static extern int MemoryFile([MarshalAs(UnmanagedType.LPUTF8Str)] string name, uint flags);
}
