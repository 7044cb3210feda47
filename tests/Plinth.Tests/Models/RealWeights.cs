using System.Text.Json.Nodes;
using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models;

/// <summary>Published weights in other forms, brought into checkpoint folders.</summary>
internal static class RealWeights
{
    /// <summary>
    /// A Llama in the first layout of llama2.c: seven numbers, then float32 matrices by kind, each for all blocks. Rotary pairs are
    /// neighbours there and half a head apart in the Hugging Face layout, so rows of queries and keys change places.
    /// </summary>
    public static void FromLlama2C(string weightFile, string tokenizerFile, string folder)
    {
        using var scope = NewDisposeScope();
        using var reader = new BinaryReader(File.OpenRead(weightFile));
        var (dim, inner, blocks, heads, keyHeads, vocabulary, length) =
            (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        var head = dim / heads;
        var weights = new List<KeyValuePair<string, Tensor>>();
        Tensor Next(params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
            reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            return tensor(values).view(shape);
        }

        void EachBlock(string name, Func<Tensor, Tensor> change, params long[] shape)
        {
            var all = Next([blocks, .. shape]);
            for (var block = 0; block < blocks; block++)
            {
                weights.Add(new($"model.layers.{block}.{name}.weight", change(all[block]).contiguous()));
            }
        }

        static Tensor Same(Tensor weight) => weight;
        Func<Tensor, Tensor> Apart(int count) => weight => weight.view(count, head / 2, 2, dim).transpose(1, 2).reshape(count * head, dim);

        weights.Add(new("model.embed_tokens.weight", Next(Math.Abs(vocabulary), dim)));
        EachBlock("input_layernorm", Same, dim);
        EachBlock("self_attn.q_proj", Apart(heads), dim, dim);
        EachBlock("self_attn.k_proj", Apart(keyHeads), keyHeads * head, dim);
        EachBlock("self_attn.v_proj", Same, keyHeads * head, dim);
        EachBlock("self_attn.o_proj", Same, dim, dim);
        EachBlock("post_attention_layernorm", Same, dim);
        EachBlock("mlp.gate_proj", Same, inner, dim);
        EachBlock("mlp.down_proj", Same, dim, inner);
        EachBlock("mlp.up_proj", Same, inner, dim);
        weights.Add(new("model.norm.weight", Next(dim)));
        // Two tables of cosines and sines remain, and nothing else: the logits are made by the token table.
        Assert.True(vocabulary > 0);
        Assert.Equal(reader.BaseStream.Length, reader.BaseStream.Position + (2L * length * (head / 2) * sizeof(float)));

        WeightFiles.Save(folder, weights);
        File.WriteAllText(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["model_type"] = "llama",
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = vocabulary,
            ["hidden_size"] = dim,
            ["intermediate_size"] = inner,
            ["num_hidden_layers"] = blocks,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = keyHeads,
            ["max_position_embeddings"] = length,
            ["rms_norm_eps"] = 1e-5,
            ["tie_word_embeddings"] = true,
            ["bos_token_id"] = 1,
            // Its program stops at the token that begins the next story.
            ["eos_token_id"] = 1,
        }.ToJsonString());
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SentencePieceOf(tokenizerFile, vocabulary));
    }

    /// <summary>A GPT of minGPT, whose maps are stored as they are used, [output, input], as base64 in JSON.</summary>
    public static void FromMinGpt(string jsonFile, string folder)
    {
        using var scope = NewDisposeScope();
        var json = JsonNode.Parse(File.ReadAllText(jsonFile))!.AsObject();
        var config = json["config"]!;
        var weights = new List<KeyValuePair<string, Tensor>>();
        foreach (var (name, value) in json.Where(entry => entry.Key != "config"))
        {
            var isTurned = name.EndsWith(".weight", StringComparison.Ordinal) && (name.Contains(".attn.c_", StringComparison.Ordinal) || name.Contains(".mlp.c_", StringComparison.Ordinal));
            var weight = Base64Tensor(value!);
            weights.Add(new(name, isTurned ? weight.t().contiguous() : weight));
        }

        WeightFiles.Save(folder, weights);
        File.WriteAllText(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["model_type"] = "gpt2",
            ["architectures"] = new JsonArray("GPT2LMHeadModel"),
            ["vocab_size"] = (int)config["vocab_size"]!,
            ["n_embd"] = (int)config["n_embd"]!,
            ["n_layer"] = (int)config["n_layer"]!,
            ["n_head"] = (int)config["n_head"]!,
            ["n_positions"] = (int)config["block_size"]!,
            ["tie_word_embeddings"] = false,
        }.ToJsonString());
    }

    /// <summary>A tensor as <c>{"shape": […], "data": BASE64}</c> of float32.</summary>
    public static Tensor Base64Tensor(JsonNode node)
    {
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String((string)node["data"]!)).ToArray();
        return tensor(values).view([.. node["shape"]!.AsArray().Select(size => (long)size!)]);
    }

    // The vocabulary of llama2.c lists score and text of each piece; a SentencePiece file holds the same as protocol buffers.
    private static byte[] SentencePieceOf(string file, int count)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        reader.ReadInt32();
        using var model = new MemoryStream();
        for (var id = 0; id < count; id++)
        {
            var score = reader.ReadSingle();
            var text = System.Text.Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadInt32())).Trim('\n').Replace(' ', '▁');
            var kind = id switch { 0 => 2, 1 or 2 => 3, < 259 => 6, _ => 1 };
            byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(text);
            Message(model, 1, [0x0a, (byte)utf8.Length, .. utf8, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind]);
        }

        // trainer_spec: model_type BPE, byte_fallback; normalizer_spec: a space before the text, spaces kept.
        Message(model, 2, [0x18, 2, 0x98, 0x02, 1]);
        Message(model, 3, [0x18, 1, 0x20, 0, 0x28, 1]);
        return model.ToArray();
    }

    private static void Message(MemoryStream stream, int field, byte[] content)
    {
        stream.WriteByte((byte)((field << 3) | 2));
        stream.WriteByte((byte)content.Length);
        stream.Write(content);
    }
}
