using System.Runtime.CompilerServices;

// Compiled into every program (see Directory.Build.targets): sets the hook before the program's first line, since a
// library's own initializer runs only once something in that library is used, which may be after the first torch call.
internal static class TorchStart
{
    [ModuleInitializer]
    internal static void Hook() => Plinth.Core.Native.TorchRuntime.Hook();
}
