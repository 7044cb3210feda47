using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Tasks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

/// <summary>Tasks and batches with tokenizers as checkpoints bring them: word pieces, and bytes that count the space to the word.</summary>
public class RealTokenizerTests
{
    private const string Sentence = "Ångström , the physicist from Lögdö , didn't measure light-years in 1868 .";

    public static TheoryData<string> Tokenizers => ["tok-wordpiece-uncased", "tok-bytelevel-bpe", "tok-llama-bpe", "tok-unigram"];

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Each_word_is_asked_once_however_short_the_windows(string name)
    {
        using var scope = NewDisposeScope();
        var tokenizer = TokenizerFiles.Load(Fixtures.Folder(name));
        var words = Sentence.Split(' ');
        TextSample sample = new(Sentence) { Words = words, Tags = new int[words.Length] };
        foreach (var length in (int[])[12, 20, 64])
        {
            var task = new TokenClassification(TinyModels.For(HeadKind.TokenClassification, tokenizer.VocabularySize, ["O", "B-X"]), tokenizer, new() { MaximumLength = length });
            var batch = task.Collate([sample]);
            Assert.Equal(words.Length, task.CountTargets(batch)[0]);
            Assert.All(((WordTags)task.Answer([sample])[0]).Scores, score => Assert.True(score > 0));
        }
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Labels_of_a_question_decode_to_its_answer(string name)
    {
        using var scope = NewDisposeScope();
        var tokenizer = TokenizerFiles.Load(Fixtures.Folder(name));
        var task = new QuestionAnswering(TinyModels.For(HeadKind.QuestionAnswering, tokenizer.VocabularySize), tokenizer, new() { MaximumLength = 40, Overlap = 12 });
        var batch = (TextBatch)task.Collate([new TextSample("who was it ?", Sentence) { Spans = [new(Sentence.IndexOf("physicist", StringComparison.Ordinal), "physicist")] }]);
        var hits = Enumerable.Range(0, batch.Count).Where(row => batch.Labels![row, 1].ToInt64() > 0).ToList();
        Assert.NotEmpty(hits);
        Assert.All(hits, row =>
        {
            var ids = batch.InputIds[row].data<long>().ToArray()[(int)batch.Labels![row, 0].ToInt64()..((int)batch.Labels[row, 1].ToInt64() + 1)];
            Assert.Equal("physicist", tokenizer.Decode([.. ids.Select(id => (int)id)]).Trim());
        });
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void The_template_taken_apart_lays_out_what_the_tokenizer_does(string name)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Folder(name));
        foreach (var pair in (string?[])[null, "light years"])
        {
            var whole = tokenizer.Encode("a physicist", pair);
            var template = new SpecialTemplate(tokenizer, pair is not null);
            var row = template.Row([.. tokenizer.EncodeIds("a physicist")], pair is null ? [] : [.. tokenizer.EncodeIds(pair)]);
            Assert.Equal(whole.Ids, row.Ids);
            Assert.Equal(whole.TypeIds, row.TypeIds);
            Assert.Equal(tokenizer.SpecialCount(pair is not null), template.Count);
        }
    }
}
