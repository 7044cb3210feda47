using System.Text.Json.Nodes;
using Plinth.Export;
using Plinth.Export.Gguf;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

public sealed class GgufTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_byte_level_tokenizer_carries_tokens_and_merges()
    {
        using var file = Export("gpt2-lm", "tok-bytelevel-bpe", "transformer.wte.weight", 704);
        Assert.Equal("gpt2", file.Metadata["tokenizer.ggml.model"]);
        Assert.Equal("gpt-2", file.Metadata["tokenizer.ggml.pre"]);
        var tokens = Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.tokens"]);
        Assert.Equal(704, tokens.Length);
        Assert.Equal("<|endoftext|>", tokens[0]);
        Assert.Equal("[PAD703]", tokens[703]);
        var kinds = Assert.IsType<int[]>(file.Metadata["tokenizer.ggml.token_type"]);
        Assert.Equal([3, 1, 5], [kinds[0], kinds[1], kinds[703]]);
        Assert.Equal("\u0120 t", Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.merges"])[0]);
    }

    [Fact]
    public void Scores_of_sentence_pieces_fall_as_their_merges_do()
    {
        using var file = Export("llama-lm", "tok-llama-bpe", "model.embed_tokens.weight", 700, "lm_head.weight");
        Assert.Equal("llama", file.Metadata["tokenizer.ggml.model"]);
        var tokens = Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.tokens"]);
        var scores = Assert.IsType<float[]>(file.Metadata["tokenizer.ggml.scores"]);
        Assert.Equal([0, -1, -2], new[] { "e\u2581", "n\u2581", "er" }.Select(token => scores[Array.IndexOf(tokens, token)]));
        var kinds = Assert.IsType<int[]>(file.Metadata["tokenizer.ggml.token_type"]);
        Assert.Equal([2, 3, 3, 6], [kinds[0], kinds[1], kinds[2], kinds[Array.IndexOf(tokens, "<0x0A>")]]);
        Assert.Equal(true, file.Metadata["tokenizer.ggml.add_bos_token"]);
        Assert.Equal(true, file.Metadata["tokenizer.ggml.add_space_prefix"]);
    }

    [Fact]
    public void Learnt_pairs_of_characters_are_written_as_Llamas()
    {
        using var file = Export("llama-lm", "trained-bpe", "model.embed_tokens.weight", 380, "lm_head.weight");
        Assert.Equal("llama", file.Metadata["tokenizer.ggml.model"]);
        var tokens = Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.tokens"]);
        var scores = Assert.IsType<float[]>(file.Metadata["tokenizer.ggml.scores"]);
        var kinds = Assert.IsType<int[]>(file.Metadata["tokenizer.ggml.token_type"]);
        Assert.Equal([2, 3, 3, 6, 6, 1], new[] { "<unk>", "<s>", "</s>", "<0x00>", "<0xFF>", "\u2581the" }.Select(token => kinds[Array.IndexOf(tokens, token)]));
        Assert.True(scores[Array.IndexOf(tokens, "\u2581the")] < scores[Array.IndexOf(tokens, "\u2581t")]);
        Assert.Equal(true, file.Metadata["tokenizer.ggml.add_space_prefix"]);
    }

    [Fact]
    public void Word_pieces_mark_where_a_word_begins()
    {
        using var file = Export("bert-base", "tok-wordpiece-uncased", "embeddings.word_embeddings.weight", 600);
        Assert.Equal("bert", file.Metadata["tokenizer.ggml.model"]);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder("tok-wordpiece-uncased"), "tokenizer.json")))!["model"]!["vocab"]!.AsObject();
        var tokens = Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.tokens"]);
        foreach (var (token, id) in json.Skip(5))
        {
            Assert.Equal(token.StartsWith("##", StringComparison.Ordinal) ? token[2..] : "\u2581" + token, tokens[(int)id!]);
        }

        Assert.Equal(2u, file.Metadata["tokenizer.ggml.bos_token_id"]);
        Assert.Equal(3u, file.Metadata["tokenizer.ggml.seperator_token_id"]);
        Assert.Equal(4u, file.Metadata["tokenizer.ggml.mask_token_id"]);
        Assert.Equal(true, file.Metadata["tokenizer.ggml.normalizer.lowercase"]);
    }

    [Fact]
    public void A_way_of_cutting_that_has_no_name_is_refused()
    {
        Prepare("gpt2-lm", "tok-bytelevel-bpe", "transformer.wte.weight", 700);
        var path = folder.Path("model", "tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["pre_tokenizer"] = new JsonObject { ["type"] = "Whitespace" };
        File.WriteAllText(path, json.ToJsonString());
        Assert.Contains("pre_tokenizer", Assert.Throws<ExportException>(() => GgufExport.Write(folder.Path("model"), folder.Path("x.gguf"), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_beyond_the_model_s_rows_is_refused()
    {
        Prepare("gpt2-lm", "tok-bytelevel-bpe", "transformer.wte.weight", 699);
        Assert.Contains("699", Assert.Throws<ExportException>(() => GgufExport.Write(folder.Path("model"), folder.Path("x.gguf"), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private GgufFile Export(string model, string tokenizer, string table, int rows, string? output = null)
    {
        Prepare(model, tokenizer, table, rows, output);
        GgufExport.Write(folder.Path("model"), folder.Path("model.gguf"), cancellation: TestContext.Current.CancellationToken);
        return GgufFile.Open(folder.Path("model.gguf"));
    }

    // A stored model with as many rows as the stored tokenizer asks for.
    private void Prepare(string model, string tokenizer, string table, int rows, string? output = null)
    {
        CheckpointCopy.Write(
            Fixtures.Folder(model),
            folder.Path("model"),
            weights =>
            {
                weights[table] = zeros(rows, 32);
                if (output is not null)
                {
                    weights[output] = zeros(rows, 32);
                }
            },
            config => config["vocab_size"] = rows);
        File.Copy(Path.Combine(Fixtures.Folder(tokenizer), "tokenizer.json"), folder.Path("model", "tokenizer.json"));
    }
}
