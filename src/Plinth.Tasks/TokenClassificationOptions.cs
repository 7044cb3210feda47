using Plinth.Layers.Losses;

namespace Plinth.Tasks;

/// <summary>How the classes of tokens become entities. Names and meanings are those of Hugging Face's token-classification pipeline.</summary>
public enum Aggregation
{
    /// <summary>Every token that has a class is one, with the class as the model names it (<c>B-PER</c>).</summary>
    None,

    /// <summary>Each token has its own best class; neighbours of one type are joined, also within a word.</summary>
    Simple,

    /// <summary>A word has the class of its first token, the only one that training labels.</summary>
    First,

    /// <summary>A word has the best class of the mean of its tokens' scores.</summary>
    Average,

    /// <summary>A word has the class of its surest token.</summary>
    Max,
}

/// <summary>How words are tagged.</summary>
public sealed record TokenClassificationOptions : TextTaskOptions, ILossShape
{
    /// <summary>How the classes of tokens become entities of a raw text.</summary>
    public Aggregation Aggregation { get; init; } = Aggregation.First;

    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        LossShape.Validate(this);
    }
}
