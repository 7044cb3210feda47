using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference;
using Plinth.Models;

namespace Plinth.Recipes;

/// <summary>Measures how probable text is under a causal language model.</summary>
public static class TextEvaluation
{
    /// <summary>What commands call it.</summary>
    public const string Name = "language_modeling";

    /// <summary>Perplexity per token and bits per byte, each document on its own, long ones by a window that slides.</summary>
    /// <param name="folder">Checkpoint of a causal language model.</param>
    /// <param name="data">File or folder of text.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="PlinthException">The folder or the text cannot be used.</exception>
    public static IReadOnlyDictionary<string, double> Run(string folder, string data, CancellationToken cancellation = default)
    {
        using var model = Checkpoint.Load(folder, ModelCatalog.Families).Model;
        var tokenizer = TokenizerFiles.Load(folder);
        var scorer = new LanguageScorer(model);
        var total = new LanguageScore(0, 0);
        var bytes = 0L;
        foreach (var document in CorpusFiles.Open(data))
        {
            // The token that begins a text lets its first real token be judged too.
            int[] ids = [.. (tokenizer.BeginId ?? tokenizer.EndId) is { } begin ? (int[])[begin] : [], .. tokenizer.EncodeIds(document.Text)];
            if (ids.Length >= 2)
            {
                total = total.Add(scorer.Score(ids, cancellation: cancellation));
                bytes += System.Text.Encoding.UTF8.GetByteCount(document.Text);
            }
        }

        return total.TokenCount > 0
            ? new Dictionary<string, double> { ["perplexity"] = total.Perplexity, ["bits_per_byte"] = total.BitsPerByte(bytes), ["tokens"] = total.TokenCount }
            : throw new BadInputException($"{data} holds no text of two tokens or more.");
    }
}
