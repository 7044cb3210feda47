using System.Globalization;
using Plinth.Core.Files;
using Plinth.Data.Text.Languages;

namespace Plinth.Data.Text.Preparation;

/// <summary>Tells the language of each document, and keeps those of some languages only.</summary>
public sealed record LanguageFilter : PreparationStep
{
    /// <summary>Codes of the languages that are kept, such as <c>en</c>; empty keeps all and writes the language down.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Least confidence in the language, 0 to 1; below it a document has none. 0 believes every guess.</summary>
    public double MinimumConfidence { get; init; } = 0.5;

    /// <summary>Whether documents whose language cannot be told are kept where <see cref="Keep"/> names some.</summary>
    public bool KeepsUnknown { get; init; }

    /// <summary>File of a model that <c>plinth data languages train</c> wrote; null takes the built-in one.</summary>
    public string? Model { get; init; }

    /// <inheritdoc />
    public override StepWork Open()
    {
        Require(MinimumConfidence is >= 0 and <= 1, $"{Name}: minimum_confidence = {MinimumConfidence} must be 0 to 1.");
        var model = Model is null ? LanguageModel.BuiltIn : LanguageModel.Load(Model);
        foreach (var language in Keep)
        {
            Require(model.Languages.Contains(language), $"{Name}: the model knows no language '{language}'. Known: {string.Join(", ", model.Languages)}.");
        }

        return new Work(this, model, Model is null ? "" : FileHash.Of(Model));
    }

    private sealed class Work(LanguageFilter options, LanguageModel model, string hash) : StepWork
    {
        public override string InputHash => hash;

        public override void Examine(Draft draft)
        {
            var guess = model.Identify(draft.Text);
            draft.Language = guess is not null && guess.Confidence >= options.MinimumConfidence ? guess.Language : null;
            draft.Count(draft.Language ?? "unknown", 1);
            if (options.Keep.Count > 0 && !(draft.Language is { } language ? options.Keep.Contains(language) : options.KeepsUnknown))
            {
                draft.Reject(draft.Language is null ? "unknown" : "other_language", guess is null
                    ? "It holds no letters that the model knows."
                    : $"Most like {guess.Language} (confidence {guess.Confidence.ToString("0.00", CultureInfo.InvariantCulture)}); kept are {string.Join(", ", options.Keep)}.");
            }
        }
    }
}
