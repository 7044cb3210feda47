using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Outputs of a checkpoint: hidden states block by block, then logits and loss.</summary>
internal static class ModelCase
{
    public static LoadedModel Load(ParityCase parity) => Checkpoint.Load(parity.Folder, ModelCatalog.Families);

    /// <summary>The batch behind the inputs of that prefix (<c>""</c>, <c>train_expected/batch0.</c>).</summary>
    public static TextBatch Inputs(ParityCase parity, string prefix = "") => new()
    {
        InputIds = parity.Get(prefix + "input_ids"),
        AttentionMask = parity.Find(prefix + "attention_mask"),
        TokenTypeIds = parity.Find(prefix + "token_type_ids"),
        PositionIds = parity.Find(prefix + "position_ids"),
        NextSentenceLabels = parity.Find(prefix + "next_sentence_label") ?? parity.Find(prefix + "sentence_order_label"),
        Labels = Labels(parity, prefix),
    };

    public static void CompareOutputs(ParityCase parity, Model model)
    {
        using var noGrad = no_grad();
        var batch = Inputs(parity);
        var states = new List<Tensor>();
        var features = model.Backbone.Run(batch, new() { HiddenStates = states });
        try
        {
            for (var i = 0; i < states.Count; i++)
            {
                Compare(parity, $"hidden_states.{i}", states[i], batch.AttentionMask);
            }
        }
        finally
        {
            states.ForEach(state => state.Dispose());
        }

        Compare(parity, "last_hidden_state", features.Hidden, batch.AttentionMask);
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
        var first = parity.Checks.FirstOrDefault(check => check.Name.StartsWith("hidden_states.", StringComparison.Ordinal) && !check.IsEqual);
        if (first is null)
        {
            return "";
        }

        var number = int.Parse(first.Name["hidden_states.".Length..], System.Globalization.CultureInfo.InvariantCulture);
        return number == 0 ? "drifts first in the embedding" : $"drifts first in block {number - 1}";
    }

    private static void CompareHead(ParityCase parity, Model model, Features features, TextBatch batch)
    {
        var logits = model.Head!.Logits(features, model.Backbone);
        switch (model.HeadKind)
        {
            case HeadKind.Pooled:
                Compare(parity, "pooler_output", logits, null);
                break;
            case HeadKind.Pretraining:
                Compare(parity, "prediction_logits", logits, batch.AttentionMask);
                var relation = ((INextSentenceHead)model.Head).NextSentence(features, model.Backbone);
                Compare(parity, "seq_relationship_logits", relation, null);
                Compare(parity, "sop_logits", relation, null);
                break;
            case HeadKind.QuestionAnswering:
                Compare(parity, "start_logits", logits.select(-1, 0), batch.AttentionMask);
                Compare(parity, "end_logits", logits.select(-1, 1), batch.AttentionMask);
                break;
            default:
                Compare(parity, "logits", logits, model.Head is TokenHead ? batch.AttentionMask : null);
                break;
        }
    }

    private static void Compare(ParityCase parity, string name, Tensor computed, Tensor? mask)
    {
        if (parity.Find(name) is not null)
        {
            parity.Compare(name, computed, mask);
        }
    }

    private static Tensor? Labels(ParityCase parity, string prefix) =>
        parity.Find(prefix + "start_positions") is { } start
            ? stack([start, parity.Get(prefix + "end_positions")], -1)
            : parity.Find(prefix + "labels");
}
