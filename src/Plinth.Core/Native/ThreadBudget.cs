using System.Numerics;

namespace Plinth.Core.Native;

/// <summary>
/// Keeps libtorch from starting a thread per visible core where a container may use only a few of them: the thread library
/// knows the allowed cores but not the time quota, and spinning threads that share a quota are several times slower.
/// </summary>
internal static class ThreadBudget
{
    /// <summary>Sets the C environment's OMP_NUM_THREADS when a quota is below the visible cores and the user chose nothing.</summary>
    /// <returns>What was done, or null when nothing was needed.</returns>
    public static string? Apply()
    {
        var budget = Environment.ProcessorCount; // the runtime counts the quota in
        if (!OperatingSystem.IsLinux() || NativeEnvironment.IsChosen("OMP_NUM_THREADS") || VisibleCores() <= budget)
        {
            return null;
        }
        return NativeEnvironment.SetDefault("OMP_NUM_THREADS", budget.ToString(System.Globalization.CultureInfo.InvariantCulture))
            ? $"This process may use the time of {budget} cores only, so that torch was given {budget} threads; set OMP_NUM_THREADS to choose another number."
            : null;
    }

    private static int VisibleCores()
    {
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
            return line is null ? 0 : line[13..].Where(char.IsAsciiHexDigit).Sum(digit => BitOperations.PopCount(Convert.ToUInt32(digit.ToString(), 16)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
