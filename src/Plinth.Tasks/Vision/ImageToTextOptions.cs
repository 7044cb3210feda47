using Plinth.Core;
using Plinth.Inference.Sampling;
using Plinth.Inference.Vision;

namespace Plinth.Tasks.Vision;

/// <summary>What is learnt of pictures that have both captions and questions.</summary>
public enum PictureTexts
{
    /// <summary>Captions and answers.</summary>
    Both,

    /// <summary>Captions alone.</summary>
    Captions,

    /// <summary>Answers to questions alone.</summary>
    Answers,
}

/// <summary>How pictures are told of.</summary>
public sealed record ImageToTextOptions : TaskOptions
{
    /// <summary>What is asked where a picture brings no question; captions are learnt as answers to it.</summary>
    public string Question { get; init; } = "Describe the image.";

    /// <summary>The prompt, with one &lt;image&gt; where the picture stands and {} for the question.</summary>
    public string Template { get; init; } = PicturePrompt.DefaultTemplate;

    /// <summary>What is learnt and scored.</summary>
    public PictureTexts Texts { get; init; }

    /// <summary>Most tokens of a text that is written.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>How tokens are chosen; its length is not used.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        if (MaxNewTokens < 1)
        {
            throw new RecipeException($"max_new_tokens = {MaxNewTokens} must be at least 1.");
        }
    }

    /// <summary>How tokens are chosen, with the length.</summary>
    public GenerationOptions Writing() => Generation with { MaxNewTokens = MaxNewTokens };
}
