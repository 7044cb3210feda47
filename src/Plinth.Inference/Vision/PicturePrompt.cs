using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Models.Vision.Stacks;
using static TorchSharp.torch;

namespace Plinth.Inference.Vision;

/// <summary>What a decoder that is shown pictures reads of a question, and what it should write as the answer (Liu et al. 2023, arXiv:2304.08485).</summary>
public sealed class PicturePrompt
{
    /// <summary>How LLaVA was asked in its training.</summary>
    public const string DefaultTemplate = "USER: <image>\n{} ASSISTANT:";

    private const string Picture = "<image>", Place = "{}";
    private readonly Model model;
    private readonly SeeingBackbone seeing;
    private readonly Tokenizer tokenizer;
    private readonly string template;
    private readonly Dictionary<(long Height, long Width), int> counts = [];

    /// <param name="model">A decoder that is shown pictures; it stays the caller's.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">The prompt, with one &lt;image&gt; where the picture stands and {} for the question.</param>
    /// <exception cref="PlinthException">The model sees no pictures or does not write, or the template lacks a part.</exception>
    public PicturePrompt(Model model, Tokenizer tokenizer, string template = DefaultTemplate)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        seeing = model.Backbone as SeeingBackbone
            ?? throw new PlinthException($"Pictures are told of by a model like llava; a '{model.Family.ModelType}' does not write about pictures.");
        if (template.Split(Picture).Length != 2 || !template.Contains(Place, StringComparison.Ordinal))
        {
            throw new PlinthException($"The template '{template}' needs one {Picture} where the picture stands, and a {Place} for the question.");
        }

        (this.model, this.tokenizer, this.template) = (model, tokenizer, template);
    }

    /// <summary>Id of the token that stands for one vector of a picture.</summary>
    public int ImageTokenId => seeing.ImageTokenId;

    /// <summary>How many tokens each picture of a batch takes.</summary>
    /// <param name="images">Pictures of one size, on any device.</param>
    public int TokensOf(ImageBatch images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var size = (images.PixelValues.size(2), images.PixelValues.size(3));
        if (!counts.TryGetValue(size, out var count))
        {
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            counts[size] = count = seeing.TokensOf((images with { PixelValues = images.PixelValues.narrow(0, 0, 1) }).MoveTo(model.Device));
        }

        return count;
    }

    /// <summary>The tokens of a question about a picture.</summary>
    /// <param name="question">The question.</param>
    /// <param name="count">Tokens of the picture, as <see cref="TokensOf"/> counts them.</param>
    /// <exception cref="BadInputException">The question names the picture's token, which would ask for a second picture.</exception>
    public IReadOnlyList<int> Of(string question, int count)
    {
        var text = Text(question);
        var ids = tokenizer.EncodeIds(text, addSpecial: true);
        if (ids.Count(id => id == seeing.ImageTokenId) != 1)
        {
            // The tokenizer does not know the token.
            var parts = text.Split(Picture);
            ids = tokenizer.AddSpecial([.. tokenizer.EncodeIds(parts[0]), seeing.ImageTokenId, .. tokenizer.EncodeIds(parts[1])], null).Ids;
        }

        return [.. ids.SelectMany(id => Enumerable.Repeat(id, id == seeing.ImageTokenId ? count : 1))];
    }

    /// <summary>The tokens of an answer as they follow its question, with the token that ends it.</summary>
    /// <param name="question">The question.</param>
    /// <param name="answer">The answer; a space is put between.</param>
    public IReadOnlyList<int> Answer(string question, string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var before = Text(question).Split(Picture)[1];
        var asked = tokenizer.EncodeIds(before);
        var whole = tokenizer.EncodeIds(before + " " + answer);
        // Where the answer would join the question's last token, it is taken by itself, for the question is always written whole.
        IEnumerable<int> own = whole.Take(asked.Count).SequenceEqual(asked) ? whole.Skip(asked.Count) : tokenizer.EncodeIds(" " + answer);
        int? end = model.Config.EndIds is [var first, ..] ? first : tokenizer.EndId;
        return [.. own, .. end is { } last ? (int[])[last] : []];
    }

    private string Text(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Contains(Picture, StringComparison.Ordinal)
            ? throw new BadInputException($"The question holds {Picture}, which stands for the picture itself. Leave it out.")
            : template.Replace(Place, question, StringComparison.Ordinal);
    }
}
