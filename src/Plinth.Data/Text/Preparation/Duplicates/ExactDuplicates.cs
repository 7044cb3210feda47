using System.Runtime.InteropServices;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Leaves out documents whose words all stood in an earlier one, in the same order; case, punctuation and blanks do not count. It remembers
/// 16 bytes of each document, about 40 with the table that holds them.
/// </summary>
public sealed record ExactDuplicates : PreparationStep
{
    /// <inheritdoc />
    public override StepWork Open() => new Work();

    private sealed class Work : StepWork
    {
        private readonly HashSet<UInt128> seen = [];
        private readonly List<UInt128> news = [];

        public override bool DependsOnOrder => true;

        public override void Examine(Draft draft) => draft.Keep(this, WordTokens.HashOfText(draft.Text));

        public override void Decide(Draft draft)
        {
            var hash = draft.Finding<UInt128>(this);
            if (seen.Add(hash))
            {
                news.Add(hash);
            }
            else
            {
                draft.Reject("copy", "An earlier document has the same words.");
            }
        }

        public override void Save(BinaryWriter writer)
        {
            writer.Write(news.Count);
            writer.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(news)));
            news.Clear();
        }

        public override void Restore(BinaryReader reader)
        {
            var hashes = new UInt128[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(hashes.AsSpan()));
            seen.UnionWith(hashes);
        }
    }
}
