using System.Text.Json;
using Microsoft.Extensions.AI;
using Plinth.Core;
using Plinth.Data.Text.Chat;
using Plinth.Inference;
using Plinth.Inference.Chat;
using Plinth.Inference.Sampling;
using static Plinth.Tests.Inference.InferenceModels;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Plinth.Tests.Inference;

public sealed class ChatPipelineTests : IDisposable
{
    private const string Greeting = "hello there, how are you today? ééé";
    private static readonly ChatOptions Greedy = new() { Temperature = 0 };
    private readonly TemporaryFolder folder = new();
    private readonly ChatPipeline client = new(ChatModels.Model, ChatModels.Tokenizer, ChatModels.Form, new() { ModelId = "tiny" });

    public void Dispose()
    {
        client.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task An_answer_has_text_reason_usage_and_names()
    {
        var response = await client.GetResponseAsync([new(ChatRole.User, "hi")], Greedy, Cancellation);
        Assert.Equal(Greeting, response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal("tiny", response.ModelId);
        Assert.NotEmpty(response.ResponseId!);
        var message = Assert.Single(response.Messages);
        Assert.Equal(ChatRole.Assistant, message.Role);
        var prompt = ChatModels.Tokenizer.EncodeIds("<|user|>hi<|end|><|assistant|>").Count;
        // The end token was made too.
        var answer = ChatModels.Tokenizer.EncodeIds(Greeting).Count + 1;
        Assert.Equal((prompt, answer, prompt + answer), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount, response.Usage.TotalTokenCount));
    }

    [Fact]
    public async Task A_stream_gives_whole_characters_as_they_come()
    {
        List<ChatResponseUpdate> updates = await client.GetStreamingResponseAsync([new(ChatRole.User, "hi")], Greedy, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(Greeting, string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.Count > 4);
        Assert.All(updates, update => Assert.Equal((ChatRole.Assistant, updates[0].ResponseId, updates[0].MessageId), (update.Role!.Value, update.ResponseId, update.MessageId)));
        Assert.DoesNotContain(updates, update => update.Text.Contains('\uFFFD', StringComparison.Ordinal));
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        Assert.Single(updates[^1].Contents.OfType<UsageContent>());
    }

    [Fact]
    public async Task Earlier_messages_and_instructions_decide_the_answer()
    {
        Assert.Equal("good bye", (await client.GetResponseAsync([new(ChatRole.User, "hi"), new(ChatRole.Assistant, Greeting), new(ChatRole.User, "bye")], Greedy, Cancellation)).Text);
        Assert.Equal("yes", (await client.GetResponseAsync([new(ChatRole.System, "be brief"), new(ChatRole.User, "hi")], Greedy, Cancellation)).Text);
        Assert.Equal("yes", (await client.GetResponseAsync([new(ChatRole.User, "hi")], new() { Temperature = 0, Instructions = "be brief" }, Cancellation)).Text);
        var both = await client.GetResponseAsync([new(ChatRole.System, "x"), new(ChatRole.User, "hi")], new() { Temperature = 0, Instructions = "be brief" }, Cancellation);
        Assert.Equal(ChatModels.Tokenizer.EncodeIds("<|system|>be brief\n\nx<|end|><|user|>hi<|end|><|assistant|>").Count, both.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Length_and_stop_texts_end_an_answer()
    {
        var shortened = await client.GetResponseAsync([new(ChatRole.User, "hi")], new() { Temperature = 0, MaxOutputTokens = 3 }, Cancellation);
        Assert.Equal((ChatFinishReason.Length, 3), (shortened.FinishReason, shortened.Usage!.OutputTokenCount));
        Assert.StartsWith(shortened.Text, Greeting, StringComparison.Ordinal);
        var stopped = await client.GetResponseAsync([new(ChatRole.User, "hi")], new() { Temperature = 0, StopSequences = ["are y"] }, Cancellation);
        Assert.Equal((ChatFinishReason.Stop, "hello there, how "), (stopped.FinishReason, stopped.Text));
        var full = await client.GetResponseAsync([new(ChatRole.User, new string('x', 180) + " hi")], new() { Temperature = 1, MaxOutputTokens = 5000, Seed = 1 }, Cancellation);
        Assert.InRange(full.Usage!.TotalTokenCount!.Value, 1, 256);
        Assert.Contains("positions", (await Assert.ThrowsAsync<PlinthException>(() => client.GetResponseAsync(new string('x', 400), cancellationToken: Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_a_stream_frees_the_model_for_the_next_caller()
    {
        await foreach (var _ in client.GetStreamingResponseAsync("hi", Greedy, Cancellation))
        {
            break;
        }

        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("hi", Greedy, source.Token))
            {
                await source.CancelAsync();
            }
        });
        Assert.Equal(Greeting, (await client.GetResponseAsync("hi", Greedy, Cancellation)).Text);
    }

    [Fact]
    public async Task Callers_at_once_get_what_each_would_get_alone()
    {
        string[] asked = ["hi", "bye", "x", "hi", "add"];
        List<string> alone = [];
        foreach (var text in asked)
        {
            alone.Add((await client.GetResponseAsync(text, new() { Seed = 5, MaxOutputTokens = 12 }, Cancellation)).Text);
        }

        var together = await Task.WhenAll(asked.Select(text => client.GetResponseAsync(text, new() { Seed = 5, MaxOutputTokens = 12 }, Cancellation)));
        Assert.Equal(alone, together.Select(response => response.Text));
        // One who waits may leave the queue.
        var holder = client.GetStreamingResponseAsync("hi", Greedy, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await holder.MoveNextAsync());
        using var source = new CancellationTokenSource();
        var waiting = client.GetResponseAsync("hi", Greedy, source.Token);
        Assert.False(waiting.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await holder.DisposeAsync();
    }

    [Fact]
    public void Every_member_of_the_options_was_decided_about()
    {
        var members = typeof(ChatOptions).GetProperties().Select(member => member.Name).Order(StringComparer.Ordinal);
        Assert.Equal(members, ChatOptionReader.Decided.Order(StringComparer.Ordinal));
        Assert.Equal(typeof(EmbeddingGenerationOptions).GetProperties().Select(member => member.Name).Order(StringComparer.Ordinal), EmbeddingOptionReader.Decided.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, ChatOptions> Refused => new()
    {
        { "ModelId", new() { ModelId = "other" } },
        { "ConversationId", new() { ConversationId = "1" } },
        { "Reasoning", new() { Reasoning = new() { Effort = ReasoningEffort.High } } },
        { "Temperature", new() { Temperature = -1 } },
        { "Temperature", new() { Temperature = float.NaN } },
        { "TopP", new() { TopP = 0 } },
        { "TopP", new() { TopP = 1.5f } },
        { "TopK", new() { TopK = 0 } },
        { "MaxOutputTokens", new() { MaxOutputTokens = 0 } },
        { "FrequencyPenalty", new() { FrequencyPenalty = float.PositiveInfinity } },
        { "PresencePenalty", new() { PresencePenalty = float.NaN } },
        { "StopSequences", new() { StopSequences = [""] } },
        { "AdditionalProperties[\"top_a\"]", new() { AdditionalProperties = new() { ["top_a"] = 1 } } },
        { "AdditionalProperties[\"chat_template_kwargs\"]", new() { AdditionalProperties = new() { ["chat_template_kwargs"] = 1 } } },
        { "RawRepresentationFactory", new() { RawRepresentationFactory = _ => "text" } },
        { "ToolMode", new() { ToolMode = ChatToolMode.RequireAny } },
        { "Tools", new() { Tools = [new HostedWebSearchTool()] } },
        { "ResponseFormat", new() { ResponseFormat = ChatResponseFormat.Json, Tools = [Add] } },
        { "ToolMode", new() { ToolMode = ChatToolMode.RequireSpecific("none"), Tools = [Add] } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_cannot_be_honoured_is_refused_by_name(string name, ChatOptions options)
    {
        var error = await Assert.ThrowsAsync<ClientOptionException>(() => client.GetResponseAsync("hi", options, Cancellation));
        Assert.Equal(name, error.OptionName);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_abstractions_hide_is_refused_or_harmless()
    {
        var options = new ChatOptions { Temperature = 0, ModelId = "tiny" };
        typeof(ChatOptions).GetProperty("AllowBackgroundResponses")!.SetValue(options, true);
        Assert.Equal(Greeting, (await client.GetResponseAsync("hi", options, Cancellation)).Text);
        var token = typeof(ChatOptions).GetProperty("ContinuationToken")!;
        token.SetValue(options, token.PropertyType.GetMethod("FromBytes")!.Invoke(null, [new ReadOnlyMemory<byte>([1])]));
        Assert.Equal("ContinuationToken", (await Assert.ThrowsAsync<ClientOptionException>(() => client.GetResponseAsync("hi", options, Cancellation))).OptionName);
    }

    [Fact]
    public async Task Ways_of_choosing_tokens_are_honoured()
    {
        async Task<string> Ask(ChatOptions options) => (await client.GetResponseAsync("something else", options, Cancellation)).Text;
        var best = await Ask(new() { Temperature = 0, MaxOutputTokens = 20 });
        Assert.Equal(best, await Ask(new() { TopK = 1, MaxOutputTokens = 20 }));
        Assert.Equal(best, await Ask(new() { TopP = 1e-6f, MaxOutputTokens = 20 }));
        var drawn = await Ask(new() { Temperature = 3, Seed = 1L << 40, MaxOutputTokens = 20 });
        Assert.Equal(drawn, await Ask(new() { Temperature = 3, Seed = 1L << 40, MaxOutputTokens = 20 }));
        Assert.NotEqual(drawn, await Ask(new() { Temperature = 3, Seed = 2L << 40, MaxOutputTokens = 20 }));
        var raw = new ChatOptions { RawRepresentationFactory = asked => asked is ChatPipeline ? new GenerationOptions { MaxNewTokens = 4, DoSample = false } : null };
        Assert.Equal(4, (await client.GetResponseAsync("hi", raw, Cancellation)).Usage!.OutputTokenCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Penalties_keep_tokens_from_coming_again(bool isPresence)
    {
        var asked = new ChatOptions { FrequencyPenalty = isPresence ? null : 1000, PresencePenalty = isPresence ? 1000 : null };
        var options = ChatOptionReader.Read(asked, client, new() { MaxNewTokens = 60, EosTokenIds = [] }, "tiny", () => throw new InvalidOperationException());
        var generator = new TokenGenerator(ChatModels.Model);
        var prompt = ChatModels.Tokenizer.EncodeIds("<|user|>hi");
        var free = generator.Generate([prompt], options with { FrequencyPenalty = 0, PresencePenalty = 0 }, Cancellation)[0].NewIds;
        Assert.True(free.Distinct().Count() < free.Count);
        var kept = generator.Generate([prompt], options, Cancellation)[0].NewIds;
        Assert.Equal(kept.Count, kept.Distinct().Count());
        using var scope = TorchSharp.torch.NewDisposeScope();
        var scores = new CountPenaltyProcessor(0.5, 2).Apply(new([[1, 1, 2, 3, 3]], [2]), TorchSharp.torch.zeros(1, 5));
        Assert.Equal([0f, 0f, -2.5f, -3f, 0f], scores.data<float>().ToArray());
    }

    [Fact]
    public async Task Variables_reach_the_template()
    {
        var plain = await client.GetResponseAsync("hi", Greedy, Cancellation);
        var moody = await client.GetResponseAsync("hi", new() { Temperature = 0, MaxOutputTokens = 5, AdditionalProperties = new() { ["chat_template_kwargs"] = new Dictionary<string, object> { ["mood"] = "sad" } } }, Cancellation);
        Assert.Equal(plain.Usage!.InputTokenCount + ChatModels.Tokenizer.EncodeIds("sad").Count, moody.Usage!.InputTokenCount);
        using var always = new ChatPipeline(ChatModels.Model, ChatModels.Tokenizer, ChatModels.Form, new() { TemplateVariables = new Dictionary<string, JsonElement> { ["mood"] = JsonSerializer.SerializeToElement("sad") } });
        Assert.Equal(moody.Usage.InputTokenCount, (await always.GetResponseAsync("hi", Greedy, Cancellation)).Usage!.InputTokenCount);
    }

    private sealed record Person(string Name, int Age, string[] Tags);

    [Fact]
    public async Task Answers_keep_a_schema()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var typed = await client.GetResponseAsync<Person>([new(ChatRole.User, "hi")], new JsonSerializerOptions(AIJsonUtilities.DefaultOptions), new ChatOptions { Temperature = 2, Seed = seed, MaxOutputTokens = 150 }, true, Cancellation);
            Assert.NotNull(typed.Result.Name);
            Assert.Equal(ChatFinishReason.Stop, typed.FinishReason);
            var any = await client.GetResponseAsync("hi", new() { ResponseFormat = ChatResponseFormat.Json, Temperature = 2, Seed = seed, MaxOutputTokens = 100 }, Cancellation);
            using var document = JsonDocument.Parse(any.Text);
        }
        var unsupported = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"string","pattern":"a"}""").RootElement);
        var error = await Assert.ThrowsAsync<Plinth.Inference.Constraints.ConstraintException>(() => client.GetResponseAsync("hi", new() { ResponseFormat = unsupported }, Cancellation));
        Assert.Equal("pattern", error.Keyword);
        var cut = await client.GetResponseAsync("hi", new() { ResponseFormat = ChatResponseFormat.ForJsonSchema<Person>(), MaxOutputTokens = 3 }, Cancellation);
        Assert.Equal(ChatFinishReason.Length, cut.FinishReason);
    }

    private static readonly AIFunction Add = AIFunctionFactory.Create((int a, int b) => a + b, "add", "Adds.");

    [Fact]
    public async Task Tools_are_shown_and_calls_are_read()
    {
        ChatMessage question = new(ChatRole.User, "add 2 and 3");
        var response = await client.GetResponseAsync([question], new() { Temperature = 0, Tools = [Add] }, Cancellation);
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        var call = Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>());
        Assert.Equal("add", call.Name);
        Assert.Equal(["2", "3"], call.Arguments!.Values.Select(value => value!.ToString()));
        Assert.Equal("", response.Text);
        // Not offered, a call is mere text.
        var text = await client.GetResponseAsync([question], new() { Temperature = 0, Tools = [Add], ToolMode = ChatToolMode.None, MaxOutputTokens = 40 }, Cancellation);
        Assert.Empty(text.Messages[0].Contents.OfType<FunctionCallContent>());
        var other = await client.GetResponseAsync([question], new() { Temperature = 0, Tools = [AIFunctionFactory.Create(() => 1, "add", "x")], AllowMultipleToolCalls = false }, Cancellation);
        Assert.Single(other.Messages[0].Contents.OfType<FunctionCallContent>());

        using var invoking = client.AsBuilder().UseFunctionInvocation().Build();
        Assert.Equal("it is five", (await invoking.GetResponseAsync([question], new() { Temperature = 0, Tools = [Add] }, Cancellation)).Text);
    }

    [Fact]
    public async Task A_required_call_comes_whatever_the_model_would_say()
    {
        var weather = AIFunctionFactory.Create((string city, bool isToday) => city, "weather", "Tells the weather.");
        foreach (var seed in Enumerable.Range(0, 4))
        {
            var options = new ChatOptions { Temperature = 2, Seed = seed, MaxOutputTokens = 150, Tools = [Add, weather], ToolMode = ChatToolMode.RequireSpecific("weather") };
            var response = await client.GetResponseAsync("hi", options, Cancellation);
            Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
            var call = Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>());
            Assert.Equal("weather", call.Name);
            Assert.Equal(["city", "isToday"], call.Arguments!.Keys);
            Assert.Equal("", response.Text);
        }
    }

    [Fact]
    public async Task A_template_that_would_drop_something_is_refused()
    {
        using var poor = new ChatPipeline(ChatModels.Model, ChatModels.Tokenizer, ChatTemplate.Parse(ChatModels.PoorTemplate));
        Assert.Equal(Greeting, (await poor.GetResponseAsync("hi", Greedy, Cancellation)).Text);
        Assert.Contains("system", (await Assert.ThrowsAsync<PlinthException>(() => poor.GetResponseAsync("hi", new() { Instructions = "be brief" }, Cancellation))).Message, StringComparison.Ordinal);
        Assert.Equal("Tools", (await Assert.ThrowsAsync<ClientOptionException>(() => poor.GetResponseAsync("hi", new() { Tools = [Add] }, Cancellation))).OptionName);
    }

    [Fact]
    public async Task Contents_other_than_text_are_refused_by_name()
    {
        ChatMessage picture = new(ChatRole.User, [new TextContent("look"), new DataContent(new byte[] { 1 }, "image/png")]);
        Assert.Contains("DataContent", (await Assert.ThrowsAsync<PlinthException>(() => client.GetResponseAsync([picture], cancellationToken: Cancellation))).Message, StringComparison.Ordinal);
        Assert.Contains("no messages", (await Assert.ThrowsAsync<PlinthException>(() => client.GetResponseAsync([], cancellationToken: Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_a_client()
    {
        var whole = ChatModels.Save(folder.Path("tiny-chat"));
        File.WriteAllText(Path.Combine(whole, "generation_config.json"), """{"do_sample": false, "repetition_penalty": 1.0, "eos_token_id": [1]}""");
        using (var loaded = ChatPipeline.Load(whole))
        {
            Assert.Equal("tiny-chat", loaded.ModelId);
            Assert.Equal(Greeting, (await loaded.GetResponseAsync("hi", cancellationToken: Cancellation)).Text);
            loaded.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => loaded.GetResponseAsync("hi", cancellationToken: Cancellation));
        }
        var bare = ChatModels.Save(folder.Path("bare"), hasTemplate: false);
        Assert.Contains("chat template", Assert.Throws<BadInputException>(() => ChatPipeline.Load(bare)).Message, StringComparison.Ordinal);
        using var explicitly = ChatPipeline.Load(bare, new() { Template = ChatModels.Form });
        Assert.Equal(Greeting, (await explicitly.GetResponseAsync("hi", Greedy, Cancellation)).Text);
        File.WriteAllText(Path.Combine(whole, "generation_config.json"), """{"top_k": "many"}""");
        Assert.Contains("generation_config.json", Assert.Throws<CheckpointException>(() => ChatPipeline.Load(whole)).Message, StringComparison.Ordinal);
    }
}
