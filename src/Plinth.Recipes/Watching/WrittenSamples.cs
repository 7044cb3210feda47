using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Training;
using Plinth.Training.Observers;
using static TorchSharp.torch;

namespace Plinth.Recipes.Watching;

/// <summary>
/// Adds to an evaluation what a language model makes of a few texts: it goes on with them, or guesses a hidden token. Nothing is drawn by chance,
/// so no number of the run changes.
/// </summary>
/// <param name="inner">Gives the scores.</param>
/// <param name="model">The model that is trained.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="texts">Texts that are not learnt from; the beginnings of the first few are used.</param>
internal sealed class WrittenSamples(IEvaluator inner, Model model, Tokenizer tokenizer, IEnumerable<string> texts) : IEvaluator
{
    private const int Most = 3, PieceSize = 240, LongestPrompt = 24, LongestContext = 24, NewTokens = 24, Guesses = 3;

    // Read once, and only when there is an evaluation.
    private readonly Lazy<string[]> shown = new(() => [.. texts.Take(Most)]);

    public string Criterion => inner.Criterion;

    public bool IsHigherBetter => inner.IsHigherBetter;

    public IReadOnlyList<EvaluationSample>? Samples { get; private set; }

    public IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation)
    {
        var scores = inner.Evaluate(objective, device, cancellation);
        try
        {
            Samples = inner.Samples ?? Write(cancellation);
        }
        catch (PlinthException)
        {
            // A text that does not fit the model cannot be shown, and a run is worth more than the sight of it.
            Samples = null;
        }

        return scores;
    }

    private EvaluationSample[]? Write(CancellationToken cancellation) => model.HeadKind switch
    {
        HeadKind.CausalLanguageModeling => Continued(cancellation),
        HeadKind.MaskedLanguageModeling when tokenizer.MaskId is not null => Guessed(),
        _ => null,
    };

    private EvaluationSample[] Continued(CancellationToken cancellation)
    {
        var length = Math.Min(LongestPrompt, model.Backbone.MaximumLength / 2);
        string[] prompts = [.. Pieces().Select(piece => tokenizer.Decode([.. tokenizer.EncodeIds(piece).Take(length)])).Where(prompt => prompt.Length > 0)];
        var written = new TextGenerationPipeline(model, tokenizer).Generate(prompts, new() { MaxNewTokens = NewTokens }, cancellation);
        return [.. prompts.Zip(written, (prompt, text) => new EvaluationSample(prompt, text))];
    }

    private EvaluationSample[] Guessed()
    {
        var pipeline = new FillMaskPipeline(model, tokenizer);
        var hidden = Pieces().Select(Words).Where(words => words.Length > 1).Select(words => Hide(words, words.Length / 2, pipeline.MaskText)).ToList();
        var guesses = pipeline.Fill([.. hidden.Select(entry => entry.Text)], Guesses);
        return [.. hidden.Zip(guesses, (entry, places) => new EvaluationSample(entry.Text, string.Join('\n', places[0].Select(Line))) { Expected = entry.Word })];
    }

    private static (string Word, string Text) Hide(string[] words, int place, string mask) =>
        (words[place], string.Join(' ', words.Select((word, i) => i == place ? mask : word)));

    private static string Line(TokenGuess guess) => FormattableString.Invariant($"{guess.Probability:0.000}  {guess.Token}");

    private static string[] Words(string piece) => [.. piece.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(LongestContext)];

    // The beginnings of the first texts; where there are fewer, also what stands further on in them.
    private IEnumerable<string> Pieces()
    {
        var first = shown.Value;
        for (var i = 0; i < Most && first.Length > 0; i++)
        {
            var text = first[i % first.Length];
            var start = text.Length / Most * (i / first.Length);
            // Not in the middle of a word.
            start = start == 0 ? 0 : text.IndexOf(' ', start) + 1;
            yield return text.Substring(start, Math.Min(PieceSize, text.Length - start));
        }
    }
}
