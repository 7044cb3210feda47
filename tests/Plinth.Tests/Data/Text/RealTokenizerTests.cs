using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Tokenizers of published models, where they are at hand.</summary>
public class RealTokenizerTests
{
    private const string Text = "Hello, world! It's 2024, naïve café 中文 😀\n\n  def f(x): return x";

    [Theory]
    [InlineData("gpt2", 50257)]
    [InlineData("neox20b/20B_tokenizer.json", 50277)]
    [InlineData("phi2_codegen", 50295)]
    [InlineData("whisper", 51865)]
    [InlineData("phi3_mini", 32011)]
    public void Text_comes_back_as_it_was(string name, int size)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared($"tokenizers/{name}"));
        Assert.Equal(size, tokenizer.VocabularySize);
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text).Ids));
    }

    [Theory]
    [InlineData("bert_base_uncased_minilm", "[CLS] hello, world! it ' s 2024, naive cafe 中 文 [UNK] def f ( x ) : return x [SEP]")]
    [InlineData("t5_small", "Hello, world! It's 2024, na<unk>ve café <unk> <unk> def f(x): return x</s>")]
    [InlineData("nmt_marian", null)]
    [InlineData("clip_bpe", null)]
    public void Text_comes_back_as_the_model_sees_it(string name, string? expected)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared($"tokenizers/{name}"));
        var encoding = tokenizer.Encode(Text);
        Assert.True(encoding.Count > 10);
        if (expected is not null)
        {
            Assert.Equal(expected, tokenizer.Decode(encoding.Ids, skipSpecial: false));
        }
    }

    [Fact]
    public void GPT2_has_its_published_ids() => // "Hello world" and " tokenizer", as OpenAI's encoder gives them
        Assert.Equal([15496, 995, 11, 11241, 7509], TokenizerFiles.Load(Fixtures.Shared("tokenizers/gpt2")).EncodeIds("Hello world, tokenizer"));
}
