using System.Text.Json.Nodes;
using Plinth.Core.Checkpoints;
using Plinth.Inference;
using Plinth.Inference.Sampling;
using Plinth.Models;
using static Plinth.Tests.Inference.InferenceModels;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

/// <summary>Stored prompts must give the reference's sequences, id for id.</summary>
public sealed class StoredGenerationTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var folder in Directory.GetDirectories(Fixtures.Folder(".")).Where(folder => File.Exists(Path.Combine(folder, "meta.json"))).Order())
            {
                foreach (var (tag, _) in Meta(folder)["generation"]?.AsObject() ?? [])
                    data.Add(Path.GetFileName(folder), tag);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sequences_are_the_reference_s(string name, string tag)
    {
        using var scope = NewDisposeScope();
        var folder = Fixtures.Folder(name);
        using var file = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        using var model = Checkpoint.Load(folder, ModelCatalog.Families).Model;
        var settings = Meta(folder)["generation"]![tag]!["kwargs"]!.AsObject();
        var ids = Rows(file, tag + ".input_ids");
        var mask = Rows(file, tag + ".attention_mask");
        var prompts = ids.Select((row, r) => row.Where((_, i) => mask[r][i] == 1).ToArray()).ToArray();

        var sequences = new TokenGenerator(model).Generate(prompts, Options(settings), Cancellation);

        var expected = Rows(file, tag + ".sequences");
        var pad = (int)settings["pad_token_id"]!;
        for (var r = 0; r < expected.Length; r++)
        {
            var wanted = expected[r].Skip(ids[r].Length).ToArray();
            var padded = sequences[r].NewIds.Concat(Enumerable.Repeat(pad, wanted.Length - sequences[r].NewIds.Count));
            Assert.Equal(wanted, padded);
        }
    }

    [Fact]
    public void There_are_stored_generations() => Assert.Contains(Cases, row => row.Data == ("gpt2-lm", "gen_beam"));

    private static GenerationOptions Options(JsonObject settings)
    {
        var options = new GenerationOptions { EosTokenIds = [] };
        foreach (var (key, value) in settings)
        {
            options = key switch
            {
                "max_new_tokens" => options with { MaxNewTokens = (int)value! },
                "pad_token_id" => options with { PadTokenId = (int)value! },
                "eos_token_id" => options with { EosTokenIds = value is null ? [] : [(int)value] },
                "num_beams" => options with { NumBeams = (int)value! },
                "no_repeat_ngram_size" => options with { NoRepeatNgramSize = (int)value! },
                "repetition_penalty" => options with { RepetitionPenalty = (double)value! },
                _ => throw new NotSupportedException($"The stored option {key} is not known to this test."),
            };
        }
        return options;
    }

    private static int[][] Rows(SafetensorsFile file, string name)
    {
        var width = (int)file.Entries[name].Shape[1];
        return [.. file.Read(name).data<long>().ToArray().Select(id => (int)id).Chunk(width)];
    }

    private static JsonObject Meta(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "meta.json")))!.AsObject();
}
