using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Chat;

public sealed class ChatSampleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Only_answers_and_their_ends_are_learnt()
    {
        var encoder = ChatCases.Encoder(folder, ChatCases.Plain);
        var chat = encoder.Encode(ChatCases.Turns("user: ab", "assistant: cd", "user: e", "assistant: f"));
        var tokens = chat.Ids.Select(id => encoder.Tokenizer.TokenOf(id)!).ToList();
        Assert.Equal(["<|user|>", "a", "b", "<|end|>", "\n", "<|assistant|>", "c", "d", "<|end|>", "\n", "<|user|>", "e", "<|end|>", "\n", "<|assistant|>", "f", "<|end|>", "\n"], tokens);
        Assert.Equal([-1, -1, -1, -1, -1, -1, 1, 1, 1, -1, -1, -1, -1, -1, -1, 3, 3, -1], chat.AnswerOf);
        Assert.Equal(5, chat.TargetCount);
    }

    [Fact]
    public void A_file_of_conversations_becomes_samples()
    {
        var encoder = ChatCases.Encoder(folder, ChatCases.Plain);
        var path = folder.Path("chats.jsonl");
        File.WriteAllText(path, """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""" + "\n\n" + """{"messages": [{"role": "user", "content": "c"}]}""" + "\n");
        Assert.Contains("chats.jsonl:3", Assert.Throws<BadInputException>(() => ChatFiles.ReadSamples(path, encoder)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""" + "\n");
        var prepared = Assert.Single(ChatFiles.ReadSamples(path, encoder)).Prepared!;
        Assert.Equal([false, false, false, false, false, true, true, false], prepared.IsTarget);
        File.WriteAllText(path, """{"messages": 3}""");
        Assert.Contains("chats.jsonl:1", Assert.Throws<BadInputException>(() => ChatFiles.Read(path).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Causal_finetuning_learns_exactly_the_targets()
    {
        using var scope = NewDisposeScope();
        var encoder = ChatCases.Encoder(folder, ChatCases.Plain);
        var chat = encoder.Encode(ChatCases.Turns("user: ab", "assistant: cd", "user: e", "assistant: f"));
        var task = new CausalFinetuning(TinyModels.For(HeadKind.CausalLanguageModeling, encoder.Tokenizer.VocabularySize), encoder.Tokenizer);
        var batch = (TextBatch)task.Collate([chat.ToSample(), chat.ToSample() with { Prepared = new([5, 9, 6], [true, false, true]) }]);
        Assert.Equal([2, 18], batch.InputIds.shape);
        var labels = batch.Labels!.data<long>().ToArray();
        long[] places = [5, 6, 7, 14, 15, 18 + 1];
        Assert.Equal(places, labels.Where((_, i) => i % 2 == 0));
        Assert.Equal([chat.Ids[6], chat.Ids[7], chat.Ids[8], chat.Ids[15], chat.Ids[16], 6L], labels.Where((_, i) => i % 2 == 1));
        Assert.Equal([6L], task.CountTargets(batch));
        var losses = TinyModels.Fit(task, batch, 60);
        Assert.True(losses[^1] < losses[0] / 4, $"{losses[0]} -> {losses[^1]}");
        Assert.Throws<BadInputException>(() => task.Collate([chat.ToSample() with { Prepared = new([5, 9], [true, false]) }]));
    }
}
