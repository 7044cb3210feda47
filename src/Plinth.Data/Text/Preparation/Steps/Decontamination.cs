using System.Security.Cryptography;
using Plinth.Core.Files;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Leaves out documents that hold a piece of an evaluation set, so that a model is not asked what it has read: a run of 13 words in common
/// (Brown et al. 2020, arXiv:2005.14165, appendix C). Shorter texts of a set count whole, down to a least number of words.
/// </summary>
public sealed record Decontamination : PreparationStep
{
    /// <summary>The evaluation sets: a name for each, and its file. Of rows (JSON, JSON lines, CSV, TSV, Parquet) every text counts, of plain text every line.</summary>
    public IReadOnlyDictionary<string, string> Sets { get; init; } = new Dictionary<string, string>();

    /// <summary>Words in a run; fewer find more, and by chance too.</summary>
    public int RunSize { get; init; } = 13;

    /// <summary>Fewest words of a text of a set that counts at all.</summary>
    public int MinimumWords { get; init; } = 8;

    /// <inheritdoc />
    public override StepWork Open()
    {
        Require(Sets.Count > 0, $"{Name}: sets names no file. Give each set a name and its file: sets: {{squad: dev.json}}.");
        Require(RunSize is >= 2 and <= 100 && MinimumWords >= 2 && MinimumWords <= RunSize, $"{Name}: run_size = {RunSize} must be 2 to 100, and minimum_words = {MinimumWords} 2 to run_size.");
        var index = new EvaluationIndex(RunSize, MinimumWords);
        foreach (var (name, path) in Sets.OrderBy(set => set.Key, StringComparer.Ordinal))
        {
            index.Add(name, EvaluationTexts.Read(path));
        }

        return new Work(index, string.Join(' ', Sets.OrderBy(set => set.Key, StringComparer.Ordinal).Select(set => FileHash.Of(set.Value))));
    }

    private sealed class Work(EvaluationIndex index, string hash) : StepWork
    {
        public override string InputHash { get; } = Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(hash)));

        public override void Examine(Draft draft)
        {
            if (index.Find(draft.Text) is { } hit)
            {
                draft.Count(hit.Set, 1);
                draft.Reject(hit.Set, $"It holds \"{hit.Words}\" of the evaluation set {hit.Set}.");
            }
        }
    }
}
