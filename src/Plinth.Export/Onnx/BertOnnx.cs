using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>BERT with the head that config.json names, and the pooling of a sentence-transformers folder.</summary>
internal sealed partial class BertOnnx
{
    private readonly ModelFolder source;
    private readonly OnnxGraph graph;
    private readonly OnnxParts parts;
    private readonly BertShape shape;
    private string words = "", mask = "";

    public BertOnnx(ModelFolder source, OnnxGraph graph)
    {
        this.source = source;
        this.graph = graph;
        parts = new(source, graph);
        shape = BertShape.Read(source);
    }

    public void Build()
    {
        var ids = graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        mask = graph.Input("attention_mask", OnnxType.Int64, "batch", "sequence");
        var segments = graph.Input("token_type_ids", OnnxType.Int64, "batch", "sequence");
        var hidden = Embed(ids, segments);
        var bias = parts.PaddingBias(mask);
        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            hidden = Layer(hidden, bias, layer);
        }

        graph.Scope = "/head";
        Head(hidden);
        source.RefuseUnused(source.Architecture is "BertForMaskedLM" ? BuffersAndPooler() : Buffers());
    }

    private string Embed(string ids, string segments)
    {
        graph.Scope = "/embeddings";
        words = Table("word_embeddings", shape.VocabularySize);
        var positions = Table("position_embeddings", shape.PositionCount);
        var places = graph.Op("Range", [graph.Long(0), parts.Length(ids), graph.Long(1)]);
        var sum = graph.Op("Add", [graph.Op("Gather", [words, ids]), graph.Op("Gather", [Table("token_type_embeddings", shape.SegmentCount), segments])]);
        sum = graph.Op("Add", [sum, graph.Op("Gather", [positions, places])]);
        return parts.LayerNorm(sum, "bert.embeddings.LayerNorm", shape.HiddenSize, shape.Epsilon);
    }

    private string Layer(string input, string bias, int layer)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bert.encoder.layer.{layer}.");
        graph.Scope = string.Create(CultureInfo.InvariantCulture, $"/encoder/layer.{layer}");
        var size = shape.HiddenSize;
        var query = parts.SplitHeads(parts.Linear(input, name + "attention.self.query", size, size), shape.HeadCount, shape.HeadSize);
        var key = parts.SplitHeads(parts.Linear(input, name + "attention.self.key", size, size), shape.HeadCount, shape.HeadSize);
        var value = parts.SplitHeads(parts.Linear(input, name + "attention.self.value", size, size), shape.HeadCount, shape.HeadSize);
        var seen = parts.Attend(query, key, value, bias, 1 / Math.Sqrt(shape.HeadSize), size);
        var hidden = Normed(input, parts.Linear(seen, name + "attention.output.dense", size, size), name + "attention.output.LayerNorm");
        var inner = parts.Activate(parts.Linear(hidden, name + "intermediate.dense", size, shape.InnerSize), shape.Activation, "hidden_act");
        return Normed(hidden, parts.Linear(inner, name + "output.dense", shape.InnerSize, size), name + "output.LayerNorm");
    }

    private void Head(string hidden)
    {
        switch (source.Architecture)
        {
            case "BertModel":
                graph.Output(hidden, "last_hidden_state", OnnxType.Float, "batch", "sequence", shape.HiddenSize);
                if (source.Has("bert.pooler.dense.weight"))
                {
                    graph.Output(Pooled(hidden), "pooler_output", OnnxType.Float, "batch", shape.HiddenSize);
                }

                Sentence(hidden);
                break;
            case "BertForMaskedLM":
                graph.Output(Words(hidden), "logits", OnnxType.Float, "batch", "sequence", shape.VocabularySize);
                break;
            case "BertForPreTraining":
                graph.Output(Words(hidden), "prediction_logits", OnnxType.Float, "batch", "sequence", shape.VocabularySize);
                graph.Output(parts.Linear(Pooled(hidden), "cls.seq_relationship", shape.HiddenSize, 2), "seq_relationship_logits", OnnxType.Float, "batch", 2);
                break;
            case "BertForSequenceClassification":
                graph.Output(parts.Linear(Pooled(hidden), "classifier", shape.HiddenSize, LabelCount()), "logits", OnnxType.Float, "batch", LabelCount());
                break;
            case "BertForTokenClassification":
                graph.Output(parts.Linear(hidden, "classifier", shape.HiddenSize, LabelCount()), "logits", OnnxType.Float, "batch", "sequence", LabelCount());
                break;
            case "BertForQuestionAnswering":
                var ends = graph.Op("Split", 2, [parts.Linear(hidden, "qa_outputs", shape.HiddenSize, 2)], ("axis", -1));
                graph.Output(graph.Op("Squeeze", [ends[0], graph.Longs(-1)]), "start_logits", OnnxType.Float, "batch", "sequence");
                graph.Output(graph.Op("Squeeze", [ends[1], graph.Longs(-1)]), "end_logits", OnnxType.Float, "batch", "sequence");
                break;
            default:
                throw source.Config.Wrong("architectures", $"names {source.Architecture}, which cannot be exported; known: BertModel, BertForMaskedLM, BertForPreTraining, BertForSequenceClassification, BertForTokenClassification, BertForQuestionAnswering");
        }
    }

    private string Words(string hidden)
    {
        const string name = "cls.predictions.";
        var inner = parts.Activate(parts.Linear(hidden, name + "transform.dense", shape.HiddenSize, shape.HiddenSize), shape.Activation, "hidden_act");
        inner = parts.LayerNorm(inner, name + "transform.LayerNorm", shape.HiddenSize, shape.Epsilon);
        if (!source.Config.Flag("tie_word_embeddings", true))
        {
            throw source.Config.Wrong("tie_word_embeddings", "is false, which cannot be exported");
        }

        return graph.Op("Add", [parts.Tied(inner, words), graph.Weight(source.Plan(name + "bias", name + "bias", [shape.VocabularySize]))]);
    }

    // The first token's vector through a map and tanh.
    private string Pooled(string hidden) =>
        graph.Op("Tanh", [parts.Linear(First(hidden), "bert.pooler.dense", shape.HiddenSize, shape.HiddenSize)]);

    private string First(string hidden) => graph.Op("Gather", [hidden, graph.Long(0)], ("axis", 1));

    private void Sentence(string hidden)
    {
        var pooling = SentencePooling.Read(source);
        if (pooling.Kind == PoolingKind.None)
        {
            return;
        }

        var vector = pooling.Kind == PoolingKind.Mean ? Mean(hidden) : First(hidden);
        if (pooling.IsNormalized)
        {
            var length = graph.Op("ReduceL2", [vector], ("axes", new long[] { -1 }), ("keepdims", 1));
            vector = graph.Op("Div", [vector, graph.Op("Max", [length, graph.Number(1e-12)])]);
        }

        graph.Output(vector, "sentence_embedding", OnnxType.Float, "batch", shape.HiddenSize);
    }

    private string Mean(string hidden)
    {
        var weights = graph.Op("Unsqueeze", [graph.Op("Cast", [mask], ("to", (int)OnnxType.Float)), graph.Longs(2)]);
        var sum = graph.Op("ReduceSum", [graph.Op("Mul", [hidden, weights]), graph.Longs(1)], ("keepdims", 0));
        return graph.Op("Div", [sum, graph.Op("Max", [graph.Op("ReduceSum", [weights, graph.Longs(1)], ("keepdims", 0)), graph.Number(1e-9)])]);
    }

    private int LabelCount() => source.Config.Part("id2label")?.Json.Count ?? source.Config.Size("num_labels", 2);

    private string Normed(string input, string change, string norm) =>
        parts.LayerNorm(graph.Op("Add", [change, input]), norm, shape.HiddenSize, shape.Epsilon);

    private string Table(string name, long rows) =>
        graph.Weight(source.Plan($"bert.embeddings.{name}.weight", $"bert.embeddings.{name}.weight", [rows, shape.HiddenSize]));

    [GeneratedRegex(@"embeddings\.position_ids$|^cls\.predictions\.decoder\.(weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();

    // Checkpoints of pre-training keep the pooler and next-sentence head when only the word head is asked for.
    [GeneratedRegex(@"embeddings\.position_ids$|^cls\.predictions\.decoder\.(weight|bias)$|^(bert\.)?pooler\.|^cls\.seq_relationship\.", RegexOptions.CultureInvariant)]
    private static partial Regex BuffersAndPooler();
}
