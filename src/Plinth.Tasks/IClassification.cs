namespace Plinth.Tasks;

/// <summary>A task whose answer is a class, a set of classes or a number, of whatever modality.</summary>
public interface IClassification
{
    /// <summary>What it makes of logits, and what was chosen for it on held-out samples.</summary>
    ClassOutputs Outputs { get; }
}
