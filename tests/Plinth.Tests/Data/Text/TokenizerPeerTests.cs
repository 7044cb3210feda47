using Plinth.Data.Text;
using Xunit;
using Peer = Microsoft.ML.Tokenizers;

namespace Plinth.Tests.Data.Text;

/// <summary>The same ids as Microsoft.ML.Tokenizers, and the same normal forms as the reference's.</summary>
public class TokenizerPeerTests
{
    [Fact]
    public void Byte_level_ids_are_the_peers()
    {
        var folder = Fixtures.Folder("tok-bytelevel-bpe");
        var ours = TokenizerFiles.Load(folder);
        var peer = Peer.BpeTokenizer.Create(new Peer.BpeOptions(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"))
        {
            ByteLevel = true,
            PreTokenizer = new Peer.RegexPreTokenizer(new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"), null),
        });
        // The peer's expression sees the halves of letters beyond U+FFFF, which are no letters; ours sees the letters.
        var texts = RandomTexts.Make(10, 1000).Where(text => text.Length > 0 && !text.EnumerateRunes().Any(rune => rune.Value > 0xFFFF && System.Text.Rune.IsLetterOrDigit(rune))).ToList();
        Assert.True(texts.Count > 300);
        foreach (var text in texts)
        {
            Assert.True(peer.EncodeToIds(text).SequenceEqual(ours.EncodeIds(text)), text);
        }
    }

    [Fact]
    public void WordPiece_ids_are_the_peers()
    {
        var folder = Fixtures.Folder("tok-wordpiece-uncased");
        var ours = TokenizerFiles.Load(folder);
        var peer = Peer.BertTokenizer.Create(Path.Combine(folder, "vocab.txt"), new Peer.BertOptions { LowerCaseBeforeTokenization = true });
        foreach (var text in new[] { "Hello, world!", "The quick brown fox; jumps over 13 lazy dogs.", "machine-learning isn't hard 中文", new string('a', 99) })
        {
            Assert.Equal(peer.EncodeToIds(text, addSpecialTokens: true), ours.Encode(text).Ids);
        }
    }
}
