using Plinth.Core;
using Plinth.Data.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>A guess for a hidden token.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="Probability">How sure the model is.</param>
/// <param name="Text">The whole text with the guess in place.</param>
public sealed record MaskGuess(string Token, int Id, double Probability, string Text);

/// <summary>Text with one mask token in, guesses for it out.</summary>
public sealed class FillMaskPipeline
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly int maskId;

    /// <param name="model">A masked language model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="PlinthException">The model has no vocabulary head, or the tokenizer no mask token.</exception>
    public FillMaskPipeline(Model model, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (model.HeadKind is not (HeadKind.MaskedLanguageModeling or HeadKind.Pretraining))
        {
            throw new PlinthException($"Filling masks needs a masked language model; this one has the head {model.HeadKind}.");
        }

        this.model = model;
        this.tokenizer = tokenizer;
        maskId = tokenizer.MaskId ?? throw new PlinthException("The tokenizer has no mask token.");
    }

    /// <summary>What the mask token stands as in a text, for example <c>[MASK]</c>.</summary>
    public string MaskToken => tokenizer.TokenOf(maskId)!;

    /// <summary>Guesses the hidden token, best first.</summary>
    /// <param name="text">Text with one mask token.</param>
    /// <param name="count">Guesses.</param>
    /// <exception cref="BadInputException">There is not exactly one mask token, or the text is too long.</exception>
    public IReadOnlyList<MaskGuess> Fill(string text, int count = 5)
    {
        var ids = tokenizer.Encode(text).Ids;
        var places = Enumerable.Range(0, ids.Count).Where(i => ids[i] == maskId).ToList();
        if (places.Count != 1)
        {
            throw new BadInputException($"The text has {places.Count} mask tokens and needs one: write {MaskToken} where a token shall be guessed.");
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var batch = new TextBatch { InputIds = tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Count], device: model.parameters().First().device) };
        var hidden = model.Backbone.Run(batch).Hidden.select(1, places[0]);
        var probabilities = ((TokenHead)model.Head!).Project(hidden, model.Backbone).to(ScalarType.Float32).softmax(-1).squeeze(0);
        var (values, indices) = probabilities.topk((int)Math.Min(count, probabilities.size(0)));
        var (best, which) = (values.cpu().data<float>().ToArray(), indices.cpu().data<long>().ToArray());
        return [.. best.Select((probability, i) =>
        {
            var id = (int)which[i];
            int[] filled = [.. ids];
            filled[places[0]] = id;
            return new MaskGuess(tokenizer.Decode([id]).Trim(), id, probability, tokenizer.Decode(filled));
        })];
    }
}
