using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Data.Vision;
using Plinth.Training;
using static TorchSharp.torch;

namespace Plinth.Recipes.Vision;

/// <summary>Makes batches of pictures, each with one of its captions.</summary>
/// <param name="tokenizer">Makes ids of captions.</param>
/// <param name="length">Length of every text: shorter ones are padded, because some architectures read a text off its last column.</param>
/// <param name="seed">Chooses the captions.</param>
internal sealed class CaptionBatches(Tokenizer tokenizer, int length, int seed)
{
    /// <summary>Makes one batch; it copies the values.</summary>
    public Batch Make(LoadedImages loaded)
    {
        var random = StableSeed.RandomOf(seed, loaded.Index);
        var ids = new long[loaded.Samples.Count * length];
        Array.Fill(ids, TextRow.PadIdOf(tokenizer));
        var real = 0;
        for (var row = 0; row < loaded.Samples.Count; row++)
        {
            var captions = loaded.Samples[row].Captions;
            var caption = tokenizer.EncodeIds(captions[random.Next(captions.Count)]);
            // The token that ends a text stays when the text is cut.
            var kept = tokenizer.AddSpecial([.. caption.Take(length - tokenizer.SpecialCount(false))]).Ids;
            for (var i = 0; i < kept.Count; i++)
            {
                ids[(row * length) + i] = kept[i];
            }

            real += kept.Count;
        }

        return new TextBatch
        {
            InputIds = tensor(ids, [loaded.Samples.Count, length]),
            TokenCount = real,
            Images = loaded.Pixels.ToBatch(),
        };
    }
}
