using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Inference;
using Plinth.Inference.Sampling;
using Plinth.Layers;
using Plinth.Layers.Adapters;
using Plinth.Layers.Attention;
using Plinth.Models;
using Plinth.Models.Text.Stacks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>Virtual tokens against the same tokens given explicitly: a prompt of real tokens' vectors, and keys and values that real tokens left in a cache.</summary>
public sealed class VirtualTokenTests : IDisposable
{
    private const int Count = 3;

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    // Learned positions by column, by mask and by padding id; rotary, by distance, relative and disentangled; segments; windows; narrow embeddings.
    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("bloom")]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("albert")]
    [InlineData("modernbert")]
    [InlineData("deberta-v2")]
    public void A_prompt_of_real_vectors_is_those_tokens(string family)
    {
        using var model = ModelOf(family);
        using var set = new AdapterSet(model, new PromptOptions { Count = Count });
        using var noGrad = no_grad();
        set.Tokens.Single().Value.Weight.copy_(model.Backbone.TokenEmbedding!.index_select(0, Front()[0]));
        foreach (var batch in (TextBatch[])[Batch(), Padded()])
        {
            var lead = ones([2, Count], ScalarType.Int64);
            var expected = model.Logits(batch with { InputIds = cat([Front(), batch.InputIds], 1), AttentionMask = batch.AttentionMask is { } mask ? cat([lead, mask], 1) : null });
            set.Activate();
            var found = model.Logits(batch);
            set.Deactivate();
            Assert.Equal(batch.InputIds.shape, found.shape[..2]);
            Assert.InRange(Difference(expected.narrow(1, Count, batch.InputIds.size(1)), found), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    public void A_prompt_is_read_by_the_encoder_and_seen_by_the_decoder(string family)
    {
        using var model = ModelOf(family);
        using var set = new AdapterSet(model, new PromptOptions { Count = Count });
        using var noGrad = no_grad();
        set.Tokens.Single().Value.Weight.copy_(model.Backbone.TokenEmbedding!.index_select(0, Front()[0]));
        var batch = Padded() with { DecoderInputIds = Batch().InputIds };
        var expected = model.Logits(batch with { InputIds = cat([Front(), batch.InputIds], 1), AttentionMask = cat([ones([2, Count], ScalarType.Int64), batch.AttentionMask!], 1) });
        set.Activate();
        Assert.InRange(Difference(expected, model.Logits(batch)), 0, 1e-5);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("bloom")]
    [InlineData("gpt_neox")]
    public void A_prefix_of_the_keys_and_values_of_real_tokens_is_those_tokens(string family)
    {
        using var model = ModelOf(family);
        using var set = new AdapterSet(model, new PrefixOptions { Count = Count });
        using var noGrad = no_grad();
        using var cache = new KeyValueCache();
        model.Backbone.Run(new TextBatch { InputIds = Front()[0].unsqueeze(0) }, new() { Cache = cache });
        var weight = set.Tokens.Single().Value.Weight;
        var rows = Enumerable.Range(0, 2).SelectMany(block =>
        {
            var (heads, head) = (model.Backbone.modules().OfType<MultiHeadAttention>().First().Options.ResolvedKeyValueHeadCount, model.Backbone.modules().OfType<MultiHeadAttention>().First().Options.ResolvedHeadSize);
            var (keys, values) = cache.Append(block, zeros(1, heads, 0, head), zeros(1, heads, 0, head));
            return (Tensor[])[keys[0].transpose(0, 1).reshape(Count, -1), values[0].transpose(0, 1).reshape(Count, -1)];
        });
        weight.copy_(cat([.. rows], 1));
        foreach (var batch in (TextBatch[])[Batch(), Padded()])
        {
            var expected = model.Logits(batch with { InputIds = cat([Front(), batch.InputIds], 1), AttentionMask = batch.AttentionMask is { } mask ? cat([ones([2, Count], ScalarType.Int64), mask], 1) : null });
            set.Activate();
            var found = model.Logits(batch);
            set.Deactivate();
            Assert.InRange(Difference(expected.narrow(1, Count, batch.InputIds.size(1)), found), 0, 1e-5);
        }
    }

    [Fact]
    public void A_prefix_is_attended_to_as_by_hand_in_double()
    {
        const int hidden = 12, heads = 2, head = 6, seq = 4;
        random.manual_seed(8);
        var options = new AttentionOptions { HiddenSize = hidden, HeadCount = heads };
        using var attention = new MultiHeadAttention(options);
        attention.eval();
        using var noGrad = no_grad();
        var maps = attention.named_children().Where(entry => entry.module is Projection).ToDictionary(entry => entry.name, entry => (Projection)entry.module);
        foreach (var map in maps.Values)
        {
            map.Weight.copy_(randn(hidden, hidden) * 0.5);
        }

        // The second of two blocks.
        using var prefix = new PrefixTokens(randn([Count, 2 * 2 * hidden]), new(2, heads, head));
        var input = randn(1, seq, hidden);
        var found = attention.Attend(input, new([options], new(input, null, null), null, prefix: prefix), 1);

        double[,] Of(string map) => Table(nn.functional.linear(input[0].to(ScalarType.Float64), maps[map].Weight.to(ScalarType.Float64), maps[map].Bias!.to(ScalarType.Float64)));
        var (q, k, v, rows) = (Of("query"), Of("key"), Of("value"), Table(prefix.Weight.to(ScalarType.Float64)));
        var mixed = new double[seq, hidden];
        for (var h = 0; h < heads; h++)
        {
            for (var i = 0; i < seq; i++)
            {
                double Key(int j, int c) => j < Count ? rows[j, (2 * hidden) + (h * head) + c] : k[j - Count, (h * head) + c];
                double Value(int j, int c) => j < Count ? rows[j, (3 * hidden) + (h * head) + c] : v[j - Count, (h * head) + c];
                double[] scores = [.. Enumerable.Range(0, Count + seq).Select(j => Math.Exp(Enumerable.Range(0, head).Sum(c => q[i, (h * head) + c] * Key(j, c)) / Math.Sqrt(head)))];
                for (var c = 0; c < head; c++)
                {
                    mixed[i, (h * head) + c] = scores.Select((score, j) => score * Value(j, c)).Sum() / scores.Sum();
                }
            }
        }

        var expected = nn.functional.linear(tensor(mixed), maps["output"].Weight.to(ScalarType.Float64), maps["output"].Bias!.to(ScalarType.Float64));
        Assert.InRange(Difference(expected, found[0]), 0, 1e-5);
    }

    public static TheoryData<string, bool> Generators => new()
    {
        { "gpt2", true }, { "gpt2", false }, { "llama", true }, { "llama", false }, { "opt", false }, { "mistral", false }, { "t5", true }, { "t5", false }, { "bart", false },
    };

    // Prompts of two lengths, so that the shorter is padded on the left.
    [Theory]
    [MemberData(nameof(Generators))]
    public void Generation_with_a_cache_writes_what_whole_passes_write(string family, bool isPrompt)
    {
        using var model = ModelOf(family);
        using var set = Attached(model, isPrompt);
        int[][] prompts = [[5, 9, 17, 30, 2], [7, 11, 3]];
        var isReading = model.HeadKind == HeadKind.SequenceToSequence;
        var found = new TokenGenerator(model).Generate(prompts, new GenerationOptions { MaxNewTokens = 6, EosTokenIds = [], DoSample = false }, TestContext.Current.CancellationToken);
        for (var row = 0; row < prompts.Length; row++)
        {
            List<int> ids = isReading ? [model.Config.DecoderStartId] : [.. prompts[row]];
            var first = ids.Count;
            for (var i = 0; i < 6; i++)
            {
                using var noGrad = no_grad();
                Tensor Ids(IEnumerable<int> from) => tensor(from.Select(id => (long)id).ToArray()).unsqueeze(0);
                var logits = model.Logits(isReading ? new() { InputIds = Ids(prompts[row]), DecoderInputIds = Ids(ids) } : new TextBatch { InputIds = Ids(ids) });
                ids.Add((int)logits[0, -1].argmax().ToInt64());
            }

            Assert.Equal(ids[first..], found[row].NewIds);
        }

        set.Deactivate();
        var without = new TokenGenerator(model).Generate(prompts, new GenerationOptions { MaxNewTokens = 6, EosTokenIds = [], DoSample = false }, TestContext.Current.CancellationToken);
        Assert.NotEqual(found.SelectMany(row => row.NewIds), without.SelectMany(row => row.NewIds));
    }

    [Theory]
    [InlineData("gpt2", true, "prompt_embeddings")]
    [InlineData("llama", false, "prompt_embeddings")]
    [InlineData("bert", true, "prompt_embeddings")]
    [InlineData("bart", false, "prompt_embeddings.backbone.encoder")]
    public void Saved_tokens_load_with_equal_numbers(string family, bool isPrompt, string name)
    {
        using var model = ModelOf(family);
        var batch = Batch() with { DecoderInputIds = family == "bart" ? Batch().InputIds : null };
        using var noGrad = no_grad();
        var before = model.Logits(batch);
        using var set = Attached(model, isPrompt);
        var expected = model.Logits(batch);
        Assert.True(Difference(before, expected) > 1e-3);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        using (var file = SafetensorsFile.Open(folder.Path("adapter", "adapter_model.safetensors")))
        {
            Assert.Equal(Count, file.Entries[name].Shape[0]);
        }

        set.Deactivate();
        Assert.Equal(0, Difference(before, model.Logits(batch)));
        using var loaded = AdapterFiles.Load(folder.Path("adapter"), model);
        loaded.Activate();
        Assert.Equal(set.Options, loaded.Options);
        Assert.Equal(0, Difference(expected, model.Logits(batch)));
    }

    [Theory]
    [InlineData("bert", true)]
    [InlineData("llama", false)]
    [InlineData("bart", false)]
    public void Only_the_tokens_learn(string family, bool isPrompt)
    {
        using var model = ModelOf(family);
        using var set = Attached(model, isPrompt);
        model.FreezeBackbone();
        model.Logits(Batch() with { DecoderInputIds = family == "bart" ? Batch().InputIds : null }).log_softmax(-1).select(-1, 3).sum().backward();
        Assert.All(set.Parameters, weight => Assert.True(weight.grad!.abs().max().ToDouble() > 0));
        Assert.All(model.Backbone.parameters(), weight => Assert.True(weight.grad is null));
    }

    [Fact]
    public void Tokens_take_positions_of_the_model()
    {
        using var model = ModelOf("gpt2");
        var longest = model.Backbone.MaximumLength;
        var whole = new TextBatch { InputIds = ones([1, longest], ScalarType.Int64) };
        using var noGrad = no_grad();
        model.Logits(whole);
        using var set = Attached(model, isPrompt: false);
        Assert.Equal(longest - Count, model.Backbone.MaximumLength);
        Assert.Contains($"{longest - Count} positions", Assert.Throws<PlinthException>(() => model.Logits(whole)).Message, StringComparison.Ordinal);
        model.Logits(new TextBatch { InputIds = ones([1, longest - Count], ScalarType.Int64) });
        Assert.Contains("no room", Assert.Throws<PlinthException>(() => new AdapterSet(model, new PromptOptions { Count = longest })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vit", true, "no model of text alone")]
    [InlineData("vit", false, "no model of text alone")]
    [InlineData("clip", true, "no model of text alone")]
    [InlineData("deberta-v2", false, "distances within the sequence")]
    public void Models_that_cannot_have_them_say_why(string family, bool isPrompt, string why)
    {
        using var model = ModelOf(family);
        Assert.Contains(why, Assert.Throws<PlinthException>(() => new AdapterSet(model, Options(isPrompt))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_are_no_change_of_weights()
    {
        using var model = ModelOf("gpt2");
        Checkpoint.Save(model, folder.Path("base"));
        using var set = Attached(model, isPrompt: true);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        Assert.Contains("cannot be merged", Assert.Throws<PlinthException>(set.Merge).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be merged", Assert.Throws<PlinthException>(() => new AdapterMix([new(set, 1)])).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be merged", Assert.Throws<CheckpointException>(() => AdapterMerge.Write(folder.Path("adapter"), folder.Path("base"), folder.Path("merged"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("num_virtual_tokens", "0")]
    [InlineData("num_virtual_tokens", "null")]
    [InlineData("num_virtual_tokens", "\"many\"")]
    [InlineData("prefix_projection", "true")]
    public void Files_that_ask_for_something_else_are_refused_by_name(string field, string value)
    {
        using var model = ModelOf("gpt2");
        using var set = Attached(model, isPrompt: false);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        var path = folder.Path("adapter", AdapterFiles.ConfigFile);
        var config = Checkpoint.ReadJson(path);
        config[field] = System.Text.Json.Nodes.JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());
        Assert.Contains(path, Assert.Throws<CheckpointException>(() => AdapterFiles.Load(folder.Path("adapter"), model)).Message, StringComparison.Ordinal);
    }

    private static VirtualTokenOptions Options(bool isPrompt) => isPrompt ? new PromptOptions { Count = Count } : new PrefixOptions { Count = Count };

    private static AdapterSet Attached(Model model, bool isPrompt)
    {
        var set = new AdapterSet(model, Options(isPrompt));
        using var noGrad = no_grad();
        foreach (var weight in set.Parameters)
        {
            weight.add_(randn(weight.shape));
        }

        set.Activate();
        return set;
    }

    // Large weights, so that what stands before a text changes what follows it.
    private static Model ModelOf(string name)
    {
        random.manual_seed(5);
        var family = ModelCatalog.Families[name];
        HeadKind[] heads = [HeadKind.MaskedLanguageModeling, HeadKind.CausalLanguageModeling, HeadKind.SequenceToSequence, HeadKind.None];
        var config = family.Shape(new(2, 32, 2, 101, 64) { Image = new(16, 8) });
        var model = new Model(family, config with { DecoderStartTokenId = config.DecoderStartTokenId ?? config.PadTokenId }, heads.First(head => head == HeadKind.None || family.Architectures.ContainsKey(head)));
        using var noGrad = no_grad();
        foreach (var weight in model.parameters().Where(weight => weight.dim() == 2))
        {
            weight.mul_(4);
        }

        model.eval();
        return model;
    }

    private static Tensor Front() => tensor((long[])[40, 41, 42]).unsqueeze(0).expand(2, -1);

    private static TextBatch Batch() => new() { InputIds = ((arange(0, 18, ScalarType.Int64) * 7 % 89) + 5).view(2, 9) };

    // Padded on the right, with the id that the family pads with, as a text to read is.
    private static TextBatch Padded()
    {
        var mask = ones([2, 9], ScalarType.Int64);
        mask[1].narrow(0, 6, 3).fill_(0);
        return Batch() with { AttentionMask = mask };
    }

    private static double[,] Table(Tensor values)
    {
        var flat = values.data<double>().ToArray();
        var table = new double[values.size(0), values.size(1)];
        Buffer.BlockCopy(flat, 0, table, 0, flat.Length * sizeof(double));
        return table;
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}
