using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>What a certificate is made from.</summary>
public sealed record CertificateOptions
{
    /// <summary>The seed when none is given.</summary>
    public const int DefaultSeed = 20_261;

    /// <summary>Seed of tokens and labels.</summary>
    public int Seed { get; init; } = DefaultSeed;

    /// <summary>Tokens per row, or fewer when the model takes fewer.</summary>
    public int Length { get; init; } = 24;
}

/// <summary>
/// Numbers that travel with a checkpoint, in the folder <c>certificate</c> inside it and in the form of the parity cases: tokens, the
/// output of the embedding and of each block, logits, loss, and the norm of each weight's gradient. Whoever checks them elsewhere learns
/// whether that machine computes the same model, and if not, from which block on.
/// </summary>
/// <remarks>
/// The model is run in float32 and in float64. A number is accepted within twenty times the difference of the two, or within 1e-5 of the
/// largest magnitude (1e-5 where that is below 1), whichever is more: other kernels and thread counts round otherwise.
/// </remarks>
public static class Certificate
{
    /// <summary>Name of the folder inside the checkpoint.</summary>
    public const string FolderName = "certificate";

    private const string Training = "train_expected/";
    private const double Headroom = 20, Relative = 1e-5;

    /// <summary>Whether a folder is the certificate of the checkpoint around it.</summary>
    public static bool IsCertificate(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) == FolderName && !File.Exists(Path.Combine(folder, Checkpoint.ConfigFile));
    }

    /// <summary>Runs a checkpoint and writes its certificate; an earlier one is replaced as a whole.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">Seed and length; null takes the defaults.</param>
    /// <returns>The certificate's folder.</returns>
    /// <exception cref="PlinthException">The checkpoint is malformed or of a kind that has no certificate, or the folder cannot be written.</exception>
    public static string Write(string folder, CertificateOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new();
        using var scope = NewDisposeScope();
        var meta = new JsonObject();
        Dictionary<string, Tensor> inputs;
        IReadOnlyDictionary<string, Tensor> narrow, wide;
        using (var model = Checkpoint.Load(folder, ModelCatalog.Families).Model)
        {
            inputs = CertificateInputs.Of(model, options);
            meta = Settings(folder, model, options, inputs);
            narrow = Record(folder, model, meta, inputs);
        }

        using (var model = Checkpoint.Load(folder, ModelCatalog.Families, new() { Type = ScalarType.Float64 }).Model)
        {
            wide = Record(folder, model, meta, inputs);
        }

        try
        {
            Measure(meta, inputs, narrow, wide);
            var target = Path.Combine(Path.GetFullPath(folder), FolderName);
            AtomicFolder.Write(target, fresh =>
            {
                Save(Path.Combine(fresh, "expected.safetensors"), inputs, narrow, prefix: "");
                if (CertificateInputs.HasLoss(inputs))
                {
                    Save(Path.Combine(fresh, "train_expected.safetensors"), inputs, narrow, Training);
                }

                AtomicFile.WriteText(Path.Combine(fresh, "meta.json"), meta.ToJsonString(new() { WriteIndented = true }) + "\n");
            });
            return target;
        }
        finally
        {
            foreach (var tensor in narrow.Values.Concat(wide.Values))
            {
                tensor.Dispose();
            }
        }
    }

    private static IReadOnlyDictionary<string, Tensor> Record(string folder, Model model, JsonObject meta, Dictionary<string, Tensor> inputs)
    {
        using var scope = NewDisposeScope();
        var hasLoss = CertificateInputs.HasLoss(inputs);
        var parity = new ParityCase(folder, meta, inputs, name => name switch
        {
            "last_hidden_state" or "encoder_last_hidden_state" or "logits" or "pooler_output" or "prediction_logits" or "seq_relationship_logits" or "start_logits" or "end_logits" => true,
            "loss" or Training + "loss.0" or Training + "grad_norm_total.0" => hasLoss,
            _ => name.Contains("hidden_states.", StringComparison.Ordinal) || (hasLoss && name.StartsWith(Training + "grad_norm.", StringComparison.Ordinal)),
        });
        ModelCase.CompareOutputs(parity, model);
        // Changes the weights, so it comes last.
        TrainingCase.Compare(parity, model);
        return parity.Recorded;
    }

    private static JsonObject Settings(string folder, Model model, CertificateOptions options, Dictionary<string, Tensor> inputs)
    {
        var meta = new JsonObject
        {
            ["case"] = ParityCase.NameOf(folder),
            ["class"] = model.Family.Architectures.GetValueOrDefault(model.HeadKind),
            ["source"] = $"plinth {typeof(Certificate).Assembly.GetName().Version}, TorchSharp {typeof(torch).Assembly.GetName().Version}",
            ["seed"] = options.Seed,
            ["dtype"] = "float32",
            ["note"] = "Computed from the checkpoint around this folder. Positions where attention_mask is 0 do not count.",
        };
        if (CertificateInputs.HasLoss(inputs))
        {
            // Floating-point throughout: a node made here gives its number only as the type that it was made of.
            meta["training"] = new JsonObject
            {
                ["steps"] = 1.0, ["batches"] = 1.0, ["lr"] = 1e-3, ["weight_decay"] = 0.0, ["betas"] = new JsonArray(0.9, 0.999), ["eps"] = 1e-8,
            };
        }

        return meta;
    }

    private static void Measure(
        JsonObject meta, Dictionary<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor> narrow, IReadOnlyDictionary<string, Tensor> wide)
    {
        using var scope = NewDisposeScope();
        var (outputs, tolerances, largest) = (new JsonObject(), new JsonObject(), Relative);
        foreach (var (name, value) in narrow)
        {
            var exact = wide[name].to(ScalarType.Float64);
            var seen = inputs["attention_mask"];
            var difference = (value.to(ScalarType.Float64) - exact).abs();
            // What stands at padding is never compared, so it must not widen what is accepted. What a decoder writes beside an encoder has none.
            if (value.dim() == 3 && (name.StartsWith("encoder_", StringComparison.Ordinal) || !inputs.ContainsKey("decoder_input_ids")))
            {
                (difference, exact) = (difference * seen.unsqueeze(-1), exact * seen.unsqueeze(-1));
            }

            var (worst, magnitude) = (difference.max().ToDouble(), exact.abs().max().ToDouble());
            if (!double.IsFinite(worst) || !double.IsFinite(magnitude))
            {
                throw new CheckpointException($"The model's '{name}' is not finite, so there is nothing to certify. The weights are damaged.");
            }

            var tolerance = Math.Max(Headroom * worst, Relative * Math.Max(1, magnitude));
            outputs[name] = new JsonObject { ["fp32_vs_fp64_max"] = worst, ["abs_max"] = magnitude };
            tolerances[name] = tolerance;
            largest = Math.Max(largest, tolerance);
        }

        meta["inputs"] = new JsonObject(inputs.Select(input => KeyValuePair.Create<string, JsonNode?>(
            input.Key, $"{input.Value.dtype.ToString().ToLowerInvariant()} [{string.Join(", ", input.Value.shape)}]")));
        (meta["outputs"], meta["tolerances"], meta["suggested_atol"]) = (outputs, tolerances, largest);
    }

    private static void Save(string path, Dictionary<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor> outputs, string prefix)
    {
        var all = inputs.Concat(outputs)
            .Where(entry => entry.Key.StartsWith(Training, StringComparison.Ordinal) == (prefix.Length > 0))
            .Select(entry => KeyValuePair.Create(entry.Key[prefix.Length..], entry.Value));
        SafetensorsWriter.Write(path, [.. all]);
    }
}
