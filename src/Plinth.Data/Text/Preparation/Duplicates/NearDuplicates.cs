using System.Globalization;
using System.Runtime.InteropServices;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Leaves out documents that are nearly the same as an earlier one: whose sets of word runs have a Jaccard similarity above a threshold,
/// estimated from MinHash signatures (Broder 1997, "On the resemblance and containment of documents") of those that share a band of them
/// (locality-sensitive hashing, Indyk and Motwani 1998). It remembers the signature of each document that is kept, not its text.
/// </summary>
public sealed record NearDuplicates : PreparationStep
{
    /// <summary>Similarity from which a document is left out, 0 to 1; 1 leaves out only what has the same runs of words.</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Words in a run; fewer find looser likenesses.</summary>
    public int RunSize { get; init; } = 5;

    /// <summary>Numbers in a signature, 4 bytes each; more estimate the similarity better, with an error of about 1 / (2 √n).</summary>
    public int Permutations { get; init; } = 128;

    /// <summary>Bands that a signature is cut into; more find looser likenesses, and compare more documents for it.</summary>
    public int Bands { get; init; } = 32;

    /// <summary>Seed of the signatures.</summary>
    public long Seed { get; init; } = 1;

    /// <inheritdoc />
    public override StepWork Open()
    {
        Require(Threshold is > 0 and <= 1, $"{Name}: threshold = {Threshold} must be above 0 and at most 1.");
        Require(RunSize is >= 1 and <= 100, $"{Name}: run_size = {RunSize} must be 1 to 100.");
        Require(Permutations is >= 8 and <= 4096 && Bands >= 1 && Permutations % Bands == 0, $"{Name}: permutations = {Permutations} must be 8 to 4,096 and a multiple of bands = {Bands}.");
        return new Work(this);
    }

    private sealed class Work(NearDuplicates options) : StepWork
    {
        private readonly MinHash hashing = new(options.Permutations, options.RunSize, options.Seed);
        private readonly SignatureIndex index = new(options.Permutations, options.Bands);
        private readonly List<string> sources = [];
        private int saved;

        public override bool DependsOnOrder => true;

        public override void Examine(Draft draft) => draft.Keep(this, hashing.Signature(draft.Text));

        public override void Decide(Draft draft)
        {
            var signature = draft.Finding<uint[]>(this);
            if (index.MostSimilar(signature, options.Threshold) is { } found)
            {
                draft.Reject("near_copy", $"Like {sources[found.Number]} (similarity about {found.Similarity.ToString("0.00", CultureInfo.InvariantCulture)}).");
                return;
            }

            index.Add(signature);
            sources.Add(draft.Document.Source);
        }

        public override void Save(BinaryWriter writer)
        {
            writer.Write(sources.Count - saved);
            for (; saved < sources.Count; saved++)
            {
                writer.Write(sources[saved]);
                writer.Write(MemoryMarshal.AsBytes(index.SignatureOf(saved)));
            }
        }

        public override void Restore(BinaryReader reader)
        {
            for (var count = reader.ReadInt32(); count > 0; count--, saved++)
            {
                sources.Add(reader.ReadString());
                var signature = new uint[options.Permutations];
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(signature.AsSpan()));
                index.Add(signature);
            }
        }
    }
}
