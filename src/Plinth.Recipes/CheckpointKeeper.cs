using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Training;
using Plinth.Training.Observers;

namespace Plinth.Recipes;

/// <summary>Keeps the best model of a run as a checkpoint.</summary>
/// <param name="save">Saves the objective's model.</param>
internal sealed class CheckpointKeeper(Action save) : IBestKeeper
{
    public void Keep(Objective objective, EvaluationReport report) => save();
}
