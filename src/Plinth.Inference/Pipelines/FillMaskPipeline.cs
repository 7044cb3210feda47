using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>A token that may stand at a hidden place.</summary>
/// <param name="Id">The token.</param>
/// <param name="Token">Its text.</param>
/// <param name="Probability">How likely, 0 to 1.</param>
/// <param name="Text">The whole text with this token in its place; other hidden places stay out.</param>
public sealed record TokenGuess(int Id, string Token, double Probability, string Text);

/// <summary>Guesses for the hidden tokens of a text.</summary>
/// <param name="Guesses">For each hidden token, in order, its guesses, best first.</param>
public sealed record FilledMasks(IReadOnlyList<IReadOnlyList<TokenGuess>> Guesses) : Answer;

/// <summary>Text with hidden tokens in, guesses for each of them out.</summary>
public sealed class FillMaskPipeline
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly int maskId;

    /// <param name="model">A model with the head for hidden tokens.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <exception cref="PlinthException">The model does not guess hidden tokens, or the tokenizer has no token that hides.</exception>
    public FillMaskPipeline(Model model, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (model.HeadKind != HeadKind.MaskedLanguageModeling)
        {
            throw new PlinthException(
                $"A '{model.Family.ModelType}' model with the head {model.HeadKind} does not guess hidden tokens. Load it with the head {HeadKind.MaskedLanguageModeling}.");
        }

        this.model = model;
        this.tokenizer = tokenizer;
        maskId = tokenizer.MaskId ?? throw new PlinthException("This tokenizer has no token that stands for a hidden one.");
    }

    /// <summary>The text that hides a token, for example <c>[MASK]</c>.</summary>
    public string MaskText => tokenizer.TokenOf(maskId)!;

    /// <summary>Guesses the hidden tokens of a text.</summary>
    /// <param name="text">A text that holds <see cref="MaskText"/> at least once.</param>
    /// <param name="count">Guesses per hidden token.</param>
    /// <returns>For each hidden token, in order, its guesses, best first.</returns>
    /// <exception cref="PlinthException">Nothing is hidden, or the text is too long.</exception>
    public IReadOnlyList<IReadOnlyList<TokenGuess>> Fill(string text, int count = 5) => Fill([text], count)[0];

    /// <summary>Guesses the hidden tokens of several texts, which are computed together.</summary>
    /// <param name="texts">Texts that hold <see cref="MaskText"/> at least once each.</param>
    /// <param name="count">Guesses per hidden token.</param>
    /// <returns>For each text, for each hidden token, in order, its guesses, best first.</returns>
    /// <exception cref="PlinthException">Nothing is hidden in a text, or it is too long.</exception>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<TokenGuess>>> Fill(IReadOnlyList<string> texts, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (texts.Count == 0)
        {
            return [];
        }

        TextRow[] rows = [.. texts.Select(Row)];
        var seq = rows.Max(row => row.Ids.Count);
        var places = rows.SelectMany((row, r) => Enumerable.Range(0, row.Ids.Count).Where(i => row.Ids[i] == maskId).Select(i => (Row: r, Column: i))).ToArray();
        using var pass = new EvaluationPass(model);
        var batch = TextRow.Batch(rows, TextRow.PadIdOf(tokenizer)).To(model.Device);
        var hidden = model.Backbone.Run(batch).Hidden.flatten(0, 1);                               // [batch * seq, hidden]
        var chosen = hidden.index_select(0, tensor(places.Select(place => (long)place.Row * seq + place.Column).ToArray(), device: model.Device));
        // The head has rows for ids that the tokenizer lacks when the vocabulary was rounded up.
        var probabilities = CausalModel.Project(model, chosen).softmax(-1).narrow(-1, 0, Math.Min(model.Config.VocabSize, tokenizer.VocabularySize));
        var (values, indices) = probabilities.topk((int)Math.Min(count, probabilities.size(-1)));  // [hidden places, count]
        var best = values.cpu().contiguous().data<float>().ToArray();
        var bestIds = indices.cpu().contiguous().data<long>().ToArray();
        var each = best.Length / places.Length;
        var guesses = places.Select((place, p) => (place.Row, Guesses: (IReadOnlyList<TokenGuess>)
            [.. Enumerable.Range(p * each, each).Select(i => Guess(rows[place.Row].Ids, place.Column, (int)bestIds[i], best[i]))])).ToLookup(place => place.Row, place => place.Guesses);
        return [.. rows.Select((_, r) => (IReadOnlyList<IReadOnlyList<TokenGuess>>)[.. guesses[r]])];
    }

    private TextRow Row(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (ids, types) = Encode(text);
        if (!ids.Contains(maskId))
        {
            throw new PlinthException($"Nothing is hidden in this text. Write {MaskText} where a token is to be guessed.");
        }

        if (ids.Count > model.Backbone.MaximumLength)
        {
            throw new PlinthException($"The text has {ids.Count} tokens, and this model reads {model.Backbone.MaximumLength}. Shorten it.");
        }

        CausalModel.CheckIds(ids, model.Config.VocabSize, "The text");
        return new(ids, types);
    }

    private TokenGuess Guess(IReadOnlyList<int> ids, int place, int id, double probability) =>
        new(id, tokenizer.Decode([id], skipSpecial: false), probability, tokenizer.Decode([.. ids.Select((old, i) => i == place ? id : old)]));

    private (IReadOnlyList<int> Ids, IReadOnlyList<int> Types) Encode(string text)
    {
        var encoding = tokenizer.Encode(text);
        if (encoding.Ids.Contains(maskId))
        {
            return (encoding.Ids, encoding.TypeIds);
        }

        // Some tokenizers read every text as text; then the hidden places are put in by hand.
        List<int> ids = [];
        var pieces = text.Split(MaskText);
        for (var i = 0; i < pieces.Length; i++)
        {
            ids.AddRange(i > 0 ? [maskId] : []);
            ids.AddRange(tokenizer.EncodeIds(pieces[i]));
        }

        return tokenizer.AddSpecial(ids);
    }
}
