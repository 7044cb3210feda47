using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using static TorchSharp.torch;

namespace Plinth.Data.Vision;

/// <summary>Makes batches of pictures, each with one of its captions.</summary>
/// <param name="tokenizer">Makes ids of captions.</param>
/// <param name="length">Length of every text: shorter ones are padded, because some architectures read a text off its last column.</param>
public sealed class CaptionBatches(Tokenizer tokenizer, int length)
{
    /// <summary>Chooses one of the captions of a picture.</summary>
    public static string Choose(ImageSample sample, Random random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(random);
        return sample.Captions[random.Next(sample.Captions.Count)];
    }

    /// <summary>Makes one batch; it copies the values.</summary>
    public TextBatch Make(LoadedImages loaded)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        var random = loaded.Randomness();
        return Make(loaded.Pixels.ToBatch(), [.. loaded.Samples.Select(sample => Choose(sample, random))]);
    }

    /// <summary>Puts captions to pictures.</summary>
    /// <param name="images">The pictures.</param>
    /// <param name="captions">As many captions.</param>
    public TextBatch Make(ImageBatch images, IReadOnlyList<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var ids = new long[captions.Count * length];
        Array.Fill(ids, TextRow.PadIdOf(tokenizer));
        var real = 0;
        for (var row = 0; row < captions.Count; row++)
        {
            // The token that ends a text stays when the text is cut.
            var kept = tokenizer.AddSpecial([.. tokenizer.EncodeIds(captions[row]).Take(length - tokenizer.SpecialCount(false))]).Ids;
            for (var i = 0; i < kept.Count; i++)
            {
                ids[(row * length) + i] = kept[i];
            }

            real += kept.Count;
        }

        return new()
        {
            InputIds = tensor(ids, [captions.Count, length]),
            TokenCount = real,
            Images = images,
        };
    }
}
