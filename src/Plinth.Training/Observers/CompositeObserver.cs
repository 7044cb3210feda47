using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plinth.Core;

namespace Plinth.Training.Observers;

/// <summary>
/// Passes reports to several observers in their order. One that cannot write (a full disk, a lost folder, a spoilt log)
/// is logged once and dropped, so that watching never ends a run; other exceptions are defects and pass through.
/// </summary>
public sealed partial class CompositeObserver : IRunObserver
{
    private readonly List<IRunObserver> observers;
    private readonly ILogger logger;

    /// <param name="observers">Who watches.</param>
    /// <param name="logger">Hears of dropped observers.</param>
    public CompositeObserver(IEnumerable<IRunObserver> observers, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(observers);
        this.observers = [.. observers];
        this.logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Those that still watch.</summary>
    public IReadOnlyList<IRunObserver> Observers => observers;

    /// <inheritdoc />
    public void Started(RunStart start) => Tell(observer => observer.Started(start));

    /// <inheritdoc />
    public void Stepped(StepReport report) => Tell(observer => observer.Stepped(report));

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report) => Tell(observer => observer.Evaluated(report));

    /// <inheritdoc />
    public void Controlled(ControlReport report) => Tell(observer => observer.Controlled(report));

    /// <inheritdoc />
    public void Ended(RunEnd end) => Tell(observer => observer.Ended(end));

    private void Tell(Action<IRunObserver> tell) => observers.RemoveAll(observer =>
    {
        try
        {
            tell(observer);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlinthException)
        {
            LogDropped(e, observer.GetType().Name);
            return true;
        }
    });

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Observer} could not write and no longer watches this run; the run goes on")]
    private partial void LogDropped(Exception exception, string observer);
}
