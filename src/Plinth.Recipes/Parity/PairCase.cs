using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Texts and pictures: each part by itself, then how they fit.</summary>
internal static class PairCase
{
    public static bool Is(Model model) => model.Head is IPairHead;

    public static void Compare(ParityCase parity, Model model)
    {
        using var noGrad = no_grad();
        var (head, batch) = ((IPairHead)model.Head!, (TextBatch)ModelCase.Inputs(parity, model));
        var texts = ComparePart(parity, model, "text.", batch with { Images = null }, head.Text, batch.AttentionMask);
        var pictures = ComparePart(parity, model, "vision.", batch.Images!, head.Image, null);
        parity.Compare("text_embeds", head.TextVectors(texts, model.Backbone));
        parity.Compare("image_embeds", head.ImageVectors(pictures, model.Backbone));
        var logits = model.Logits(batch);
        parity.Compare("logits_per_image", logits);
        parity.Compare("logits_per_text", logits.transpose(0, 1));
        if (parity.Find("loss") is not null)
        {
            parity.Compare("loss", LossCase.Mean(model, batch));
        }
    }

    private static Features ComparePart(ParityCase parity, Model model, string prefix, Batch batch, ModelHead pooled, Tensor? mask)
    {
        var states = new List<Tensor>();
        var features = model.Backbone.Run(batch, new() { HiddenStates = states });
        for (var i = 0; i < states.Count; i++)
        {
            using var state = states[i];
            if (parity.Find($"{prefix}hidden_states.{i}") is not null)
            {
                parity.Compare($"{prefix}hidden_states.{i}", state, mask);
            }
        }

        parity.Compare(prefix + "last_hidden_state", features.Hidden, mask);
        parity.Compare(prefix + "pooler_output", pooled.Logits(features, model.Backbone));
        return features;
    }
}
