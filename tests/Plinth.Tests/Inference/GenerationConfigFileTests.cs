using Plinth.Core;
using Plinth.Inference.Sampling;
using Plinth.Recipes.Pipelines;

namespace Plinth.Tests.Inference;

public sealed class GenerationConfigFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void All_that_changes_the_output_is_read()
    {
        var options = Read("""
            {"do_sample": true, "temperature": 0.6, "top_k": 7, "top_p": 0.9, "min_p": 0.1, "typical_p": 0.8, "repetition_penalty": 1.2, "no_repeat_ngram_size": 3,
             "max_new_tokens": 33, "min_new_tokens": 2, "num_beams": 4, "length_penalty": 0.5, "early_stopping": true, "bad_words_ids": [[1, 2], [3]],
             "suppress_tokens": [5], "forced_eos_token_id": 6, "exponential_decay_length_penalty": [4, 1.5], "renormalize_logits": true, "eos_token_id": 9,
             "pad_token_id": 0, "max_length": 20, "transformers_version": "4.57.0", "_from_model_config": true, "num_beam_groups": 1, "guidance_scale": null}
            """);
        Assert.Equal((true, 0.6, 7, 0.9, 0.1, 0.8), (options.DoSample, options.Temperature, options.TopK, options.TopP, options.MinP, options.TypicalP));
        Assert.Equal((1.2, 3, 33, 2, 4, 0.5), (options.RepetitionPenalty, options.NoRepeatNgramSize, options.MaxNewTokens, options.MinNewTokens, options.NumBeams, options.LengthPenalty));
        Assert.Equal((EarlyStopping.WhenFull, true, 6, 0), (options.EarlyStopping, options.RenormalizeLogits, options.ForcedEosTokenId, options.PadTokenId));
        Assert.Equal([[1, 2], [3]], options.BadWordsIds);
        Assert.Equal([5], options.SuppressTokens);
        Assert.Equal([9], options.EosTokenIds!);
        Assert.Equal(new(4, 1.5), options.ExponentialDecayLengthPenalty);
    }

    [Fact]
    public void What_the_file_leaves_out_stays()
    {
        var own = new GenerationOptions { TopK = 3, EosTokenIds = [4], MaxNewTokens = 5 };
        Assert.Equal(own, GenerationConfigFile.Read(folder.Path("none"), own));
        Assert.Equal((3, 5, 0.7), (Read("""{"top_p": 0.7}""", own).TopK, Read("{}", own).MaxNewTokens, Read("""{"top_p": 0.7}""", own).TopP));
    }

    [Theory]
    [InlineData("""{"penalty_alpha": 0.6}""", "penalty_alpha")]
    [InlineData("""{"num_beam_groups": 2}""", "num_beam_groups")]
    [InlineData("""{"forced_decoder_ids": [[1, 2]]}""", "forced_decoder_ids")]
    [InlineData("""{"top_k": "many"}""", "generation_config.json")]
    [InlineData("""{"early_stopping": "soon"}""", "early_stopping")]
    [InlineData("""{"eos_token_id": [null]}""", "generation_config.json")]
    public void What_is_not_supported_or_malformed_is_named(string json, string told) =>
        Assert.Contains(told, Assert.Throws<CheckpointException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_pipeline_follows_the_file_and_settings_go_before_it()
    {
        Read("""{"do_sample": true, "top_k": 5, "max_new_tokens": 9}""");
        var options = (GenerationOptions)PipelineCatalog.Find("text-generation").Options(folder.Path("model"), ["top_k=2", "eos_token_ids=[]"]);
        Assert.Equal((true, 2, 9, 0), (options.DoSample, options.TopK, options.MaxNewTokens, options.EosTokenIds!.Count));
    }

    private GenerationOptions Read(string json, GenerationOptions? options = null)
    {
        Directory.CreateDirectory(folder.Path("model"));
        File.WriteAllText(Path.Combine(folder.Path("model"), GenerationConfigFile.Name), json);
        return GenerationConfigFile.Read(folder.Path("model"), options ?? new());
    }
}
