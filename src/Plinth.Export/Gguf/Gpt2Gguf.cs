using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Gguf;

/// <summary>GPT-2 as GGUF.</summary>
internal static partial class Gpt2Gguf
{
    private const string Name = "gpt2";

    public static void Fill(GgufPlan plan)
    {
        var source = plan.Source;
        var shape = Gpt2Shape.Read(source);
        if (shape.ScalesByLayer || !shape.ScalesScores)
        {
            throw source.Config.Wrong(
                shape.ScalesByLayer ? "scale_attn_by_inverse_layer_idx" : "scale_attn_weights",
                $"is {(shape.ScalesByLayer ? "true" : "false")}, which llama.cpp's gpt2 does not compute");
        }

        if (shape.Activation is not ("gelu_new" or "gelu_pytorch_tanh"))
        {
            throw source.Config.Wrong("activation_function", $"is '{shape.Activation}'; llama.cpp's gpt2 computes gelu_new only");
        }

        plan.Begin(Name);
        var metadata = plan.Metadata;
        metadata.Add($"{Name}.block_count", (uint)shape.LayerCount);
        metadata.Add($"{Name}.context_length", (uint)shape.PositionCount);
        metadata.Add($"{Name}.embedding_length", (uint)shape.HiddenSize);
        metadata.Add($"{Name}.feed_forward_length", (uint)shape.InnerSize);
        metadata.Add($"{Name}.attention.head_count", (uint)shape.HeadCount);
        metadata.Add($"{Name}.attention.layer_norm_epsilon", (float)shape.Epsilon);
        metadata.Add($"{Name}.vocab_size", (uint)shape.VocabularySize);
        GgufTokenizer.Read(source, shape.VocabularySize).AddTo(plan);
        plan.Matrix(source.Plan("token_embd.weight", "transformer.wte.weight", [shape.VocabularySize, shape.HiddenSize]), isOutput: shape.IsTied);
        if (!shape.IsTied)
        {
            plan.Matrix(source.Plan("output.weight", "lm_head.weight", [shape.VocabularySize, shape.HiddenSize]), isOutput: true);
        }

        plan.Keep(source.Plan("position_embd.weight", "transformer.wpe.weight", [shape.PositionCount, shape.HiddenSize]));
        plan.Norm("output_norm", "transformer.ln_f", shape.HiddenSize);
        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            AddLayer(plan, shape, string.Create(CultureInfo.InvariantCulture, $"blk.{layer}."), string.Create(CultureInfo.InvariantCulture, $"transformer.h.{layer}."));
        }

        source.RefuseUnused(Buffers());
    }

    private static void AddLayer(GgufPlan plan, Gpt2Shape shape, string ours, string theirs)
    {
        plan.Norm(ours + "attn_norm", theirs + "ln_1", shape.HiddenSize);
        Conv(plan, ours + "attn_qkv", theirs + "attn.c_attn", shape.HiddenSize, 3L * shape.HiddenSize);
        Conv(plan, ours + "attn_output", theirs + "attn.c_proj", shape.HiddenSize, shape.HiddenSize);
        plan.Norm(ours + "ffn_norm", theirs + "ln_2", shape.HiddenSize);
        Conv(plan, ours + "ffn_up", theirs + "mlp.c_fc", shape.HiddenSize, shape.InnerSize);
        Conv(plan, ours + "ffn_down", theirs + "mlp.c_proj", shape.InnerSize, shape.HiddenSize);
    }

    // The reference's Conv1D keeps a matrix as [input, output].
    private static void Conv(GgufPlan plan, string target, string name, long input, long output)
    {
        plan.Matrix(plan.Source.PlanTransposed(target + ".weight", name + ".weight", input, output));
        plan.Keep(plan.Source.Plan(target + ".bias", name + ".bias", [output]));
    }

    [GeneratedRegex(@"\.attn\.(masked_)?bias$|^lm_head\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();
}
