using System.Runtime.InteropServices;

namespace Plinth.Core.Native;

/// <summary>The C library's environment, which native code reads. Environment.SetEnvironmentVariable changes the runtime's own copy only.</summary>
internal static class NativeEnvironment
{
    /// <summary>Whether the user gave the variable a value.</summary>
    public static bool IsChosen(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };

    /// <summary>Sets a variable that does not exist; one that does stays as it is.</summary>
    /// <returns>Whether it exists now.</returns>
    /// <exception cref="EntryPointNotFoundException">The system's C library has no such function.</exception>
    /// <exception cref="DllNotFoundException">There is no C library of that name.</exception>
    public static bool SetDefault(string variable, string value) => SetVariable(variable, value, overwrite: 0) == 0;

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
