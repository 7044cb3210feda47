using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>The seeded tokens and labels of a certificate, under the names of the parity cases.</summary>
internal static class CertificateInputs
{
    private const string Training = "train_expected/batch0.";
    private const int RowCount = 2;

    public static bool HasLoss(IReadOnlyDictionary<string, Tensor> inputs) => inputs.ContainsKey(Training + "input_ids");

    /// <summary>Two rows of tokens, the second padded at its end, with labels of the model's head; owned by the current dispose scope.</summary>
    public static Dictionary<string, Tensor> Of(Model model, CertificateOptions options)
    {
        if (model.Family.Modality != Modality.Text)
        {
            throw new PlinthException($"A certificate is computed from tokens, and '{model.Family.ModelType}' sees pictures. Only models of text can have one.");
        }

        var random = new Random(options.Seed);
        var length = Math.Clamp(options.Length, 1, model.Backbone.MaximumLength);
        // A head that reads the last token needs to know what padding is.
        var padding = model.Config.PadTokenId is null && model.HeadKind == HeadKind.SequenceClassification ? 0 : length / 4;
        var pad = model.Config.PadTokenId ?? 0;
        long[] ids = new long[RowCount * length], mask = new long[RowCount * length];
        for (var i = 0; i < ids.Length; i++)
        {
            var isPadding = i >= ids.Length - padding;
            ids[i] = isPadding ? pad : Draw(random, model.Config.VocabSize, pad);
            mask[i] = isPadding ? 0 : 1;
        }

        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["input_ids"] = tensor(ids).view(RowCount, length),
            ["attention_mask"] = tensor(mask).view(RowCount, length),
        };
        if (model.Family.Architectures.ContainsKey(HeadKind.SequenceToSequence))
        {
            // What a decoder writes beside an encoder has no padding.
            inputs["decoder_input_ids"] = tensor([.. ids.Select(_ => Draw(random, model.Config.VocabSize, pad))]).view(RowCount, length);
        }

        var unlabeled = inputs.Count;
        AddLabels(inputs, model, random, ids, mask);
        if (inputs.Count > unlabeled)
        {
            foreach (var (name, value) in inputs.ToList())
            {
                // A name of its own needs a tensor of its own: a file holds each memory once.
                inputs[Training + name] = value.clone();
            }
        }

        return inputs;
    }

    private static void AddLabels(Dictionary<string, Tensor> inputs, Model model, Random random, long[] ids, long[] mask)
    {
        var (length, classes) = (ids.Length / RowCount, model.Config.LabelCount);
        Tensor PerToken(Func<int, long> label) => tensor([.. ids.Select((_, i) => mask[i] == 0 ? Batch.IgnoredLabel : label(i))]).view(RowCount, length);
        switch (model.HeadKind)
        {
            case HeadKind.CausalLanguageModeling:
                inputs["labels"] = PerToken(i => ids[i]);
                break;
            case HeadKind.SequenceToSequence:
                inputs["labels"] = inputs["decoder_input_ids"].roll(-1, 1);
                break;
            case HeadKind.MaskedLanguageModeling or HeadKind.Pretraining:
                // Every fourth position, so that even the shortest row has one.
                inputs["labels"] = PerToken(i => i % 4 == 0 ? random.Next(model.Config.VocabSize) : Batch.IgnoredLabel);
                if (model.HeadKind == HeadKind.Pretraining)
                {
                    inputs[model.Config.ModelType == "albert" ? "sentence_order_label" : "next_sentence_label"] = tensor([0L, 1L]);
                }

                break;
            case HeadKind.TokenClassification:
                inputs["labels"] = PerToken(_ => random.Next(classes));
                break;
            case HeadKind.SequenceClassification when model.Config.ProblemType == "regression" || (model.Config.ProblemType is null && classes == 1):
                inputs["labels"] = tensor([.. Enumerable.Range(0, RowCount * classes).Select(_ => (float)random.NextDouble())]).view(RowCount, classes);
                break;
            case HeadKind.SequenceClassification when model.Config.ProblemType == "multi_label_classification":
                inputs["labels"] = tensor([.. Enumerable.Range(0, RowCount * classes).Select(_ => (float)random.Next(2))]).view(RowCount, classes);
                break;
            case HeadKind.SequenceClassification:
                inputs["labels"] = tensor([.. Enumerable.Range(0, RowCount).Select(_ => (long)random.Next(classes))]);
                break;
            case HeadKind.QuestionAnswering:
                inputs["start_positions"] = tensor([.. Enumerable.Range(0, RowCount).Select(_ => (long)random.Next((length + 1) / 2))]);
                inputs["end_positions"] = tensor([.. Enumerable.Range(0, RowCount).Select(_ => (long)random.Next((length + 1) / 2))]);
                break;
            default:
                break;
        }
    }

    private static long Draw(Random random, int vocabulary, int pad)
    {
        var id = random.Next(Math.Max(1, vocabulary - 1));
        return id >= pad && vocabulary > 1 ? id + 1 : id;
    }
}
