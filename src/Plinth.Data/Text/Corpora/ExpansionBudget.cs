using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>How much may come out of one packed file, over all that is unpacked from it.</summary>
internal sealed class ExpansionBudget(string name, long packedLength, CorpusOptions options)
{
    private const long AlwaysAllowed = 16 << 20;
    private long produced;

    /// <summary>Counts bytes that came out.</summary>
    /// <exception cref="BadInputException">They are more than allowed.</exception>
    public void Take(int count)
    {
        produced += count;
        var ratioBroken = produced > AlwaysAllowed && produced / options.MaxExpansionRatio > packedLength;
        if (ratioBroken || produced > options.MaxExpandedBytes)
        {
            throw new BadInputException(
                $"{name} expands to more than {produced:N0} bytes from {packedLength:N0}; allowed are {options.MaxExpandedBytes:N0} bytes and {options.MaxExpansionRatio} to 1. " +
                "If it is meant to be so, unpack it and give the folder.");
        }
    }
}
