namespace Plinth.Inference.Constraints;

/// <summary>A rule that a whole output keeps: it decides at each place which tokens may come. Safe for concurrent use; what belongs to one output is in its progress.</summary>
public abstract class TokenConstraint
{
    /// <summary>Begins an output.</summary>
    public abstract ConstraintProgress Begin();
}

/// <summary>How far one output has come under its rule. Not safe for concurrent use.</summary>
public abstract class ConstraintProgress
{
    /// <summary>Whether the output may end here.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Whether the output is whole and nothing can follow.</summary>
    public abstract bool IsFinished { get; }

    /// <summary>Marks the tokens that may come next; those that end an output are not its matter.</summary>
    /// <param name="allowed">One place per id, all false before.</param>
    /// <param name="remaining">How many tokens may still come, the next one included: those that leave no room to come to an end are left out, where any leaves it.</param>
    public abstract void Allow(Span<bool> allowed, int remaining);

    /// <summary>Takes the token that was chosen.</summary>
    /// <param name="id">One that was allowed.</param>
    public abstract void Append(int id);
}
