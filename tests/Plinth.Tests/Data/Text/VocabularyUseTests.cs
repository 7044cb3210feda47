using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>How well a vocabulary suits texts.</summary>
public class VocabularyUseTests
{
    [Fact]
    public void Texts_are_counted_apart_and_entries_together()
    {
        var tokenizer = CharacterTokenizer.Train(["abcd"], cancellation: TestContext.Current.CancellationToken);
        var use = new VocabularyUse(tokenizer);
        var first = use.Add("first", [new("aab", "1"), new("a", "2")], TestContext.Current.CancellationToken);
        var second = use.Add("second", [new("cé", "1")], TestContext.Current.CancellationToken);
        Assert.Equal(new("first", 2, 4, 4, 0, 0, 2), first);
        Assert.Equal((3, 2, 1, 0.5), (second.Bytes, second.Tokens, second.Unknown, second.Coverage));
        Assert.Equal(["d"], use.Unused);
        Assert.Equal(("a", 3), use.Longest(1)[0]);
    }
}
