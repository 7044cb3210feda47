using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>The heads of BERT's kind of encoders, by the reference's class names.</summary>
/// <param name="Source">The checkpoint.</param>
/// <param name="Parts">The graph that grows.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Words">The embedding's table.</param>
/// <param name="Mask">The attention mask.</param>
internal sealed record EncoderHeads(ModelFolder Source, OnnxParts Parts, EncoderShape Shape, string Words, string Mask)
{
    private OnnxGraph Graph => Parts.Graph;

    private long Size => Shape.HiddenSize;

    private string Pooler => Shape.Names.Prefix + "pooler.dense";

    private int LabelCount => Source.LabelCount;

    /// <summary>Adds the head and its outputs.</summary>
    /// <param name="hidden">The last layer, <c>[batch, seq, hidden]</c>.</param>
    public void Build(string hidden)
    {
        var task = Source.Architecture.StartsWith(Shape.Names.Class, StringComparison.Ordinal) ? Source.Architecture[Shape.Names.Class.Length..] : "";
        switch (task)
        {
            case "Model":
                Bare(hidden);
                break;
            case "ForMaskedLM":
                Graph.Output(WordLogits(hidden), "logits", OnnxType.Float, "batch", "sequence", Shape.VocabularySize);
                break;
            case "ForPreTraining" when Source.ModelType == "bert":
                Graph.Output(WordLogits(hidden), "prediction_logits", OnnxType.Float, "batch", "sequence", Shape.VocabularySize);
                Graph.Output(Parts.Linear(Through(hidden, Pooler, "Tanh"), "cls.seq_relationship", Size, 2), "seq_relationship_logits", OnnxType.Float, "batch", 2);
                break;
            case "ForSequenceClassification":
                Graph.Output(TextLogits(hidden), "logits", OnnxType.Float, "batch", LabelCount);
                break;
            case "ForTokenClassification":
                Graph.Output(Parts.Linear(hidden, "classifier", Size, LabelCount), "logits", OnnxType.Float, "batch", "sequence", LabelCount);
                break;
            case "ForQuestionAnswering":
                var ends = Graph.Op("Split", 2, [Parts.Linear(hidden, "qa_outputs", Size, 2)], ("axis", -1));
                Graph.Output(Graph.Op("Squeeze", [ends[0], Graph.Longs(-1)]), "start_logits", OnnxType.Float, "batch", "sequence");
                Graph.Output(Graph.Op("Squeeze", [ends[1], Graph.Longs(-1)]), "end_logits", OnnxType.Float, "batch", "sequence");
                break;
            default:
                throw Source.Config.Wrong("architectures", $"names {Source.Architecture}, which cannot be exported; known: {Shape.Names.Class} with Model, ForMaskedLM, ForPreTraining (BERT only), ForSequenceClassification, ForTokenClassification, ForQuestionAnswering");
        }
    }

    private void Bare(string hidden)
    {
        Graph.Output(hidden, "last_hidden_state", OnnxType.Float, "batch", "sequence", Size);
        if (Source.Has(Pooler + ".weight"))
        {
            Graph.Output(Through(hidden, Pooler, "Tanh"), "pooler_output", OnnxType.Float, "batch", Size);
        }

        var pooling = SentencePooling.Read(Source);
        if (pooling.Kind == PoolingKind.None)
        {
            return;
        }

        var vector = pooling.Kind == PoolingKind.Mean ? Mean(hidden) : Parts.First(hidden);
        Graph.Output(pooling.IsNormalized ? Parts.Normalize(vector) : vector, "sentence_embedding", OnnxType.Float, "batch", Size);
    }

    private string WordLogits(string hidden)
    {
        var names = Shape.Names;
        // RoBERTa's word head always uses gelu, whatever its layers do.
        var activation = names.Prefix == "roberta." ? "gelu" : Shape.Activation;
        var inner = Parts.Activate(Parts.Linear(hidden, names.WordsTransform, Size, Size), activation, "hidden_act");
        inner = Parts.LayerNorm(inner, names.WordsNorm, Size, Shape.Epsilon);
        return Graph.Op("Add", [Parts.Tied(inner, Words), Graph.Weight(Source.Plan(names.WordsBias, names.WordsBias, [Shape.VocabularySize]))]);
    }

    private string TextLogits(string hidden) => Shape.Names.Class switch
    {
        "Bert" => Parts.Linear(Through(hidden, Pooler, "Tanh"), "classifier", Size, LabelCount),
        "DistilBert" => Parts.Linear(Through(hidden, "pre_classifier", "Relu"), "classifier", Size, LabelCount),
        _ => Parts.Linear(Through(hidden, "classifier.dense", "Tanh"), "classifier.out_proj", Size, LabelCount),
    };

    // The first token's vector through a map.
    private string Through(string hidden, string name, string activation) => Graph.Op(activation, [Parts.Linear(Parts.First(hidden), name, Size, Size)]);

    private string Mean(string hidden)
    {
        var weights = Graph.Op("Unsqueeze", [Graph.Op("Cast", [Mask], ("to", (int)OnnxType.Float)), Graph.Longs(2)]);
        var sum = Graph.Op("ReduceSum", [Graph.Op("Mul", [hidden, weights]), Graph.Longs(1)], ("keepdims", 0));
        return Graph.Op("Div", [sum, Graph.Op("Max", [Graph.Op("ReduceSum", [weights, Graph.Longs(1)], ("keepdims", 0)), Graph.Number(1e-9)])]);
    }
}
