using Microsoft.Extensions.Logging;
using Plinth.Recipes.Records;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Watching;

/// <summary>Who watches a run.</summary>
internal static class RunObservers
{
    /// <summary>The files of the run, its record, and others.</summary>
    public static CompositeObserver Of(RunFiles files, RunRecorder recorder, IReadOnlyList<IRunObserver>? others, ILogger? logger) => new(
        [new JsonLinesObserver(files.Log), new CsvObserver(files.Table), new TensorBoardObserver(files.TensorBoard), recorder, .. others ?? []], logger);
}
