using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>BERT, RoBERTa, XLM-RoBERTa and DistilBERT with the head that config.json names, and the pooling of a sentence-transformers folder.</summary>
internal sealed partial class EncoderOnnx
{
    private readonly ModelFolder source;
    private readonly OnnxGraph graph;
    private readonly OnnxParts parts;
    private readonly EncoderShape shape;
    private readonly EncoderNames names;

    public EncoderOnnx(ModelFolder source, OnnxGraph graph)
    {
        this.source = source;
        this.graph = graph;
        parts = new(source, graph);
        shape = EncoderShape.Read(source);
        names = shape.Names;
    }

    public void Build()
    {
        var ids = graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        var mask = graph.Input("attention_mask", OnnxType.Int64, "batch", "sequence");
        graph.Scope = "/embeddings";
        var words = Table("word_embeddings", shape.VocabularySize);
        var hidden = Embed(ids, words);
        var bias = parts.PaddingBias(mask);
        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            graph.Scope = string.Create(CultureInfo.InvariantCulture, $"/layer.{layer}");
            hidden = Layer(hidden, bias, names.Layer(layer));
        }

        graph.Scope = "/head";
        new EncoderHeads(source, parts, shape, words, mask).Build(hidden);
        source.RefuseUnused(source.Architecture.EndsWith("ForMaskedLM", StringComparison.Ordinal) ? BuffersAndPooler() : Buffers());
    }

    private string Embed(string ids, string words)
    {
        var sum = graph.Op("Gather", [words, ids]);
        if (shape.SegmentCount > 0)
        {
            // With one segment only, there is nothing to choose.
            var segments = shape.SegmentCount == 1 ? graph.Long(0) : graph.Input("token_type_ids", OnnxType.Int64, "batch", "sequence");
            sum = graph.Op("Add", [sum, graph.Op("Gather", [Table("token_type_embeddings", shape.SegmentCount), segments])]);
        }

        sum = graph.Op("Add", [sum, graph.Op("Gather", [Table("position_embeddings", shape.PositionCount), Positions(ids)])]);
        return parts.LayerNorm(sum, names.Prefix + "embeddings.LayerNorm", shape.HiddenSize, shape.Epsilon);
    }

    private string Positions(string ids)
    {
        if (shape.PaddingToken is not { } padding)
        {
            return graph.Op("Range", [graph.Long(0), parts.Length(ids), graph.Long(1)]);
        }

        var isText = graph.Op("Cast", [graph.Op("Not", [graph.Op("Equal", [ids, graph.Long(padding)])])], ("to", (int)OnnxType.Int64));
        return graph.Op("Add", [graph.Op("Mul", [graph.Op("CumSum", [isText, graph.Long(1)]), isText]), graph.Long(padding)]);
    }

    private string Layer(string input, string bias, string name)
    {
        var size = shape.HiddenSize;
        var query = parts.SplitHeads(parts.Linear(input, name + names.Query, size, size), shape.HeadCount, shape.HeadSize);
        var key = parts.SplitHeads(parts.Linear(input, name + names.Key, size, size), shape.HeadCount, shape.HeadSize);
        var value = parts.SplitHeads(parts.Linear(input, name + names.Value, size, size), shape.HeadCount, shape.HeadSize);
        var seen = parts.Attend(query, key, value, bias, 1 / Math.Sqrt(shape.HeadSize), size);
        var hidden = Normed(input, parts.Linear(seen, name + names.AttentionOutput, size, size), name + names.AttentionNorm);
        var inner = parts.Activate(parts.Linear(hidden, name + names.Inner, size, shape.InnerSize), shape.Activation, "hidden_act");
        return Normed(hidden, parts.Linear(inner, name + names.Output, shape.InnerSize, size), name + names.OutputNorm);
    }

    private string Normed(string input, string change, string norm) =>
        parts.LayerNorm(graph.Op("Add", [change, input]), norm, shape.HiddenSize, shape.Epsilon);

    private string Table(string name, long rows)
    {
        var whole = $"{names.Prefix}embeddings.{name}.weight";
        return graph.Weight(source.Plan(whole, whole, [rows, shape.HiddenSize]));
    }

    // Buffers, and the copies of the embedding's table that some files keep.
    [GeneratedRegex(@"embeddings\.position_ids$|^cls\.predictions\.decoder\.|^lm_head\.decoder\.|^vocab_projector\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();

    // Checkpoints of pre-training keep the pooler and next-sentence head when only the word head is asked for.
    [GeneratedRegex(@"embeddings\.position_ids$|^cls\.predictions\.decoder\.|^lm_head\.decoder\.|^vocab_projector\.weight$|^(bert\.|roberta\.)?pooler\.|^cls\.seq_relationship\.", RegexOptions.CultureInvariant)]
    private static partial Regex BuffersAndPooler();
}
