using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Models.Text.Gpt2;

/// <summary>GPT-2: a decoder pre-trained on the next token.</summary>
public sealed class Gpt2Family : ModelFamily
{
    /// <inheritdoc />
    public override string ModelType => "gpt2";

    /// <inheritdoc />
    public override string Paper => "Radford et al. 2019, Language Models are Unsupervised Multitask Learners";

    /// <inheritdoc />
    public override bool IsCausal => true;

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string>
    {
        [HeadKind.None] = "GPT2Model",
        [HeadKind.CausalLanguageModeling] = "GPT2LMHeadModel",
        [HeadKind.SequenceClassification] = "GPT2ForSequenceClassification",
        [HeadKind.TokenClassification] = "GPT2ForTokenClassification",
    };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.wte.*"),
            new("backbone.positions.*", "transformer.wpe.*"),
            new("backbone.decoder.layers.#.attentionNorm.*", "transformer.h.#.ln_1.*"),
            new("backbone.decoder.layers.#.attention.fused.*", "transformer.h.#.attn.c_attn.*", WeightLayout.Transposed),
            new("backbone.decoder.layers.#.attention.output.*", "transformer.h.#.attn.c_proj.*", WeightLayout.Transposed),
            new("backbone.decoder.layers.#.feedForwardNorm.*", "transformer.h.#.ln_2.*"),
            new("backbone.decoder.layers.#.feedForward.up.*", "transformer.h.#.mlp.c_fc.*", WeightLayout.Transposed),
            new("backbone.decoder.layers.#.feedForward.down.*", "transformer.h.#.mlp.c_proj.*", WeightLayout.Transposed),
            new("backbone.finalNorm.*", "transformer.ln_f.*"),
            new("head.score.*", "score.*"),
            new("head.classifier.*", "classifier.*"),
        ],
        prefix: "transformer.",
        ignored: ["transformer.h.#.attn.bias", "transformer.h.#.attn.masked_bias", "h.#.attn.bias", "h.#.attn.masked_bias", "lm_head.weight"]);

    /// <inheritdoc />
    public override ModelConfig ReadConfig(JsonObject json, string source)
    {
        var config = ModelConfig.Read<Gpt2Config>(json, source);
        ConfigRules.Require(source, !config.AddCrossAttention, "add_cross_attention", config.AddCrossAttention, "false");
        ConfigRules.Require(source, config.TieWordEmbeddings != false, "tie_word_embeddings", false, "true");
        ConfigRules.Sizes(source, ("vocab_size", config.VocabSize), ("n_embd", config.NEmbd), ("n_layer", config.NLayer),
            ("n_head", config.NHead), ("n_inner", config.NInner ?? 1), ("n_positions", config.NPositions));
        return config;
    }

    /// <inheritdoc />
    public override ModelConfig Shape(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new Gpt2Config
        {
            VocabSize = shape.VocabularySize,
            NEmbd = shape.HiddenSize,
            NLayer = shape.LayerCount,
            NHead = shape.HeadCount,
            NPositions = shape.MaximumLength,
            // Our defaults are the plain case; a recipe asks for dropout.
            EmbdPdrop = 0,
            ResidPdrop = 0,
            AttnPdrop = 0,
        };
    }

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config) => new Gpt2Backbone((Gpt2Config)config);

    /// <inheritdoc />
    public override ModelHead BuildHead(HeadKind kind, ModelConfig config)
    {
        var gpt = (Gpt2Config)config;
        return kind switch
        {
            HeadKind.CausalLanguageModeling => new VocabularyHead(),
            HeadKind.SequenceClassification => new LastTokenHead(gpt.NEmbd, gpt.LabelCount, gpt.PadTokenId),
            HeadKind.TokenClassification => new ClassifierHead(gpt.NEmbd, gpt.LabelCount, gpt.ResidPdrop),
            _ => throw NoHead(kind),
        };
    }
}
