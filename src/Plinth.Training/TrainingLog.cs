using Microsoft.Extensions.Logging;

namespace Plinth.Training;

/// <summary>Remarks of a run.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot was made with {Before} torch threads and this run has {Now}; the last digits will differ from an uninterrupted run.")]
    public static partial void OtherThreadCount(ILogger logger, int before, int now);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step} did not fit the memory. It is repeated with each batch in {Pieces} pieces, and so are the steps after it; the gradient is still that of the whole batch.")]
    public static partial void Halved(ILogger logger, long step, int pieces);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fault} It is passed over for the one before it.")]
    public static partial void DamagedSnapshot(ILogger logger, string fault);
}
