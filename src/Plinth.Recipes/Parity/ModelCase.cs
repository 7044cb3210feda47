using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using Plinth.Models.Vision.Stacks;
using Plinth.Objectives.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Outputs of a checkpoint: hidden states block by block, then logits and loss.</summary>
internal static class ModelCase
{
    private const string States = "hidden_states.";

    public static LoadedModel Load(ParityCase parity) =>
        Checkpoint.Load(SentenceModules.Of(parity.ModelFolder).ModelFolder, ModelCatalog.Families);

    /// <summary>The batch behind the inputs of that prefix (<c>""</c>, <c>train_expected/batch0.</c>).</summary>
    public static Batch Inputs(ParityCase parity, Model model, string prefix = "") =>
        parity.Find(prefix + "input_ids") is { } ids ? Texts(parity, model, prefix, ids) : Images(parity, model, prefix)
            ?? throw new CheckpointException($"{parity.Folder}: expected.safetensors has neither '{prefix}input_ids' nor '{prefix}pixel_values'.");

    /// <summary>1 for real tokens and 0 for padding, or null where nothing is padded; <c>[batch, seq]</c>.</summary>
    public static Tensor? Mask(Batch batch) => (batch as TextBatch)?.AttentionMask;

    private static TextBatch Texts(ParityCase parity, Model model, string prefix, Tensor ids) => new()
    {
        InputIds = ids,
        DecoderInputIds = parity.Find(prefix + "decoder_input_ids"),
        AttentionMask = parity.Find(prefix + "attention_mask"),
        TokenTypeIds = parity.Find(prefix + "token_type_ids"),
        PositionIds = parity.Find(prefix + "position_ids"),
        NextSentenceLabels = parity.Find(prefix + "next_sentence_label") ?? parity.Find(prefix + "sentence_order_label"),
        Images = Images(parity, model, prefix),
        Labels = Labels(parity, prefix),
    };

    private static ImageBatch? Images(ParityCase parity, Model model, string prefix) => parity.Find(prefix + "pixel_values") is { } pixels
        ? new()
        {
            PixelValues = pixels,
            PatchMask = parity.Find(prefix + "bool_masked_pos"),
            VisiblePatches = parity.Find(prefix + "noise") is { } noise && model.Head is IPixelHead head ? MaskedAutoencoding.Visible(noise, head.HiddenShare) : null,
            Labels = Labels(parity, prefix),
        }
        : null;

    public static void CompareOutputs(ParityCase parity, Model model)
    {
        if (PairCase.Is(model))
        {
            PairCase.Compare(parity, model);
            return;
        }

        using var noGrad = no_grad();
        var batch = Inputs(parity, model);
        var states = new List<Tensor>();
        var read = new List<Tensor>();
        var memory = model.Backbone.Read(batch, read);
        var features = model.Backbone.Run(batch, new() { HiddenStates = states, Memory = memory });
        try
        {
            for (var i = 0; i < read.Count; i++)
            {
                Compare(parity, $"encoder_hidden_states.{i}", read[i], Mask(batch));
            }

            if (memory is not null)
            {
                Compare(parity, "encoder_last_hidden_state", memory.Hidden, Mask(batch));
            }

            // Every position of a decoder that reads counts, for it has no mask of its own.
            var mask = memory is null ? Mask(batch) : null;

            for (var i = 0; i < states.Count; i++)
            {
                Compare(parity, memory is null ? $"hidden_states.{i}" : $"decoder_hidden_states.{i}", states[i], mask);
            }
        }
        finally
        {
            states.ForEach(state => state.Dispose());
            read.ForEach(state => state.Dispose());
        }

        if (model.Backbone is SeeingBackbone seeing && batch is TextBatch { Images: { } images })
        {
            Compare(parity, "image_hidden_states", seeing.See(images).flatten(0, 1), null);
        }

        Compare(parity, "last_hidden_state", features.Hidden, memory is null ? Mask(batch) : null);
        if (SentenceModules.Read(parity.ModelFolder) is { } modules)
        {
            CompareSentences(parity, modules, features);
        }

        if (model.Head is not null)
        {
            CompareHead(parity, model, features, batch);
        }

        if (parity.Find("loss") is not null)
        {
            parity.Compare("loss", LossCase.Mean(model, batch));
        }
    }

    /// <summary>The first block whose output is off, in words; empty when none is.</summary>
    public static string FirstDrift(ParityCase parity)
    {
        var first = parity.Checks.FirstOrDefault(check => check.Name.Contains(States, StringComparison.Ordinal) && !check.IsEqual);
        if (first is null)
        {
            return "";
        }

        var part = first.Name.StartsWith("encoder_", StringComparison.Ordinal) ? " of the encoder" : first.Name.StartsWith("decoder_", StringComparison.Ordinal) ? " of the decoder" : "";
        var number = int.Parse(first.Name[(first.Name.IndexOf(States, StringComparison.Ordinal) + States.Length)..], System.Globalization.CultureInfo.InvariantCulture);
        return (number == 0 ? "drifts first in the embedding" : $"drifts first in block {number - 1}") + part;
    }

    private static void CompareSentences(ParityCase parity, SentenceModules modules, Features features)
    {
        using var pooler = new SentencePooler(modules, (int)features.Hidden.size(-1));
        var vectors = pooler.Pool(features.Hidden, features.Mask);
        Compare(parity, "sentence_embedding", vectors, null);
        var unit = nn.functional.normalize(vectors, 2, -1);
        Compare(parity, "cosine_similarity", unit.matmul(unit.transpose(0, 1)), null);
    }

    private static void CompareHead(ParityCase parity, Model model, Features features, Batch batch)
    {
        var logits = model.Head!.Logits(features, model.Backbone);
        switch (model.HeadKind)
        {
            case HeadKind.Pooled:
                Compare(parity, "pooler_output", logits, null);
                break;
            case HeadKind.Pretraining:
                Compare(parity, "prediction_logits", logits, Mask(batch));
                var relation = ((INextSentenceHead)model.Head).NextSentence(features, model.Backbone);
                Compare(parity, "seq_relationship_logits", relation, null);
                Compare(parity, "sop_logits", relation, null);
                break;
            case HeadKind.QuestionAnswering:
                Compare(parity, "start_logits", logits.select(-1, 0), Mask(batch));
                Compare(parity, "end_logits", logits.select(-1, 1), Mask(batch));
                break;
            case HeadKind.ObjectDetection:
                Compare(parity, "logits", logits, null);
                Compare(parity, "pred_boxes", ((IBoxHead)model.Head).Boxes(features, model.Backbone), null);
                break;
            case HeadKind.MaskedImageModeling when batch is ImageBatch { VisiblePatches: { } visible }:
                Compare(parity, "logits", logits, null);
                Compare(parity, "mask", ones(visible.size(0), logits.size(1)).scatter(1, visible, zeros_like(visible, ScalarType.Float32)), null);
                break;
            default:
                Compare(parity, "logits", logits, model.Head is TokenHead && batch is TextBatch { DecoderInputIds: null } ? Mask(batch) : null);
                break;
        }
    }

    private static void Compare(ParityCase parity, string name, Tensor computed, Tensor? mask)
    {
        if (parity.Find(name) is { } wanted)
        {
            parity.Compare(name, IsMapOf(wanted, computed) ? computed.transpose(1, 2).reshape(wanted.shape) : computed, mask);
        }
    }

    // The reference keeps maps as [batch, channel, row, column], which are sequences here.
    private static bool IsMapOf(Tensor wanted, Tensor computed) =>
        wanted.dim() == 4 && computed.dim() == 3 && computed.size(2) == wanted.size(1) && computed.size(1) == wanted.size(2) * wanted.size(3);

    private static Tensor? Labels(ParityCase parity, string prefix) =>
        parity.Find(prefix + "start_positions") is { } start
            ? stack([start, parity.Get(prefix + "end_positions")], -1)
            : parity.Find(prefix + "labels");
}
