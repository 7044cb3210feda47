using Plinth.Data.Text;

namespace Plinth.Export;

/// <summary>How a sentence gets one vector.</summary>
internal enum PoolingKind
{
    /// <summary>It gets none.</summary>
    None,

    /// <summary>The mean over its tokens.</summary>
    Mean,

    /// <summary>The first token's.</summary>
    First,
}

/// <summary>What of a sentence-transformers folder can be exported.</summary>
/// <param name="Kind">How tokens become one vector.</param>
/// <param name="IsNormalized">Whether that vector gets length 1.</param>
internal sealed record SentencePooling(PoolingKind Kind, bool IsNormalized)
{
    /// <summary>Reads it; a folder without <c>modules.json</c> does not pool.</summary>
    public static SentencePooling Read(ModelFolder folder)
    {
        if (SentenceModules.Read(folder.Location) is not { } modules)
        {
            return new(PoolingKind.None, false);
        }

        return new(
            modules.Pooling switch
            {
                [Pooling.Mean] => PoolingKind.Mean,
                [Pooling.First] => PoolingKind.First,
                var modes => throw new ExportException($"{folder.Location}: the pooling {string.Join(" with ", modes)} cannot be exported; {Pooling.Mean} and {Pooling.First} can."),
            },
            modules.Steps switch
            {
                [] => false,
                [NormalizeStep] => true,
                _ => throw new ExportException($"{folder.Location}: after pooling only one Normalize can be exported, no Dense."),
            });
    }
}
