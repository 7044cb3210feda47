using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models;

/// <summary>What one weight needs so that it behaves as it would at the base width.</summary>
/// <param name="Rate">Factor on its learning rate.</param>
/// <param name="Draw">Factor on its fresh values.</param>
/// <param name="IsFromOne">Whether its values are counted from 1, so that the factor is on 1 + value.</param>
public readonly record struct WidthFactors(double Rate, double Draw, bool IsFromOne = false)
{
    /// <summary>Nothing changes.</summary>
    public static WidthFactors None { get; } = new(1, 1);

    /// <summary>The factors of a weight that stands in place of itself times a number: under a step whose size does not depend on the gradient's, both are that number.</summary>
    /// <param name="factor">The number.</param>
    internal WidthFactors Times(double factor) => this with { Rate = Rate * factor, Draw = Draw * factor };
}

/// <summary>
/// Lets what was tuned at one width hold at another (the maximal update parametrization of Yang et al. 2022, arXiv:2203.03466, table 8), for language models under
/// optimizers whose steps do not depend on the size of the gradient. Which sides of a matrix grow is read off the same model built at the base width. All factors are on the
/// weights themselves, none on what a layer computes, so that a checkpoint is read by other programs as any other:
/// <list type="bullet">
/// <item>matrices between vectors that grow: rate × base/width, deviation × √(base/width);</item>
/// <item>a map to logits of its own: rate and deviation × base/width, which under such steps is the same as dividing the logits;</item>
/// <item>logits by the token table: the factor base/width is in the norm before it, in its values and in its rate;</item>
/// <item>scores of attention: the factor that makes 1/√head into 1/head, with the size of the base, is in the queries' map, or in the norm of the queries;</item>
/// <item>a factor on token vectors that depends on the width (Gemma): taken back in the table;</item>
/// <item>everything else (tables, biases, norms): as it is.</item>
/// </list>
/// </summary>
public sealed class WidthTransfer
{
    private readonly Dictionary<string, WidthFactors> factors = new(StringComparer.Ordinal);
    private readonly Model model;
    private readonly Dictionary<string, nn.Module> modules;

    /// <param name="model">The model to train, with fresh weights.</param>
    /// <param name="baseConfig">The same model at the width that was tuned.</param>
    /// <exception cref="RecipeException">The model has a weight for which there is no rule, or differs from the base in more than its width.</exception>
    public WidthTransfer(Model model, ModelConfig baseConfig)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(baseConfig);
        this.model = model;
        modules = Modules(model);
        if (model.Backbone is not TextBackbone)
        {
            throw new RecipeException($"width_transfer has rules for encoders and decoders of text that stand alone, and '{model.Family.ModelType}' is none. Leave it out, and tune the rate at this width.");
        }

        using var shapes = FreshWeights.ShapesOnly();
        using var tuned = new Model(model.Family, baseConfig, model.HeadKind);
        var narrow = Modules(tuned);
        Matrices(tuned, narrow);
        Attention(narrow);
        Logits(narrow);
    }

    /// <summary>The factors by the weights' names in the model.</summary>
    public IReadOnlyDictionary<string, WidthFactors> Factors => factors;

    /// <summary>Changes the fresh weights. Nothing happens to random state, so that a model of the base width is drawn as without.</summary>
    public void Draw()
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (factors[name] is { Draw: not 1 } factor)
            {
                parameter.mul_(factor.Draw);
                if (factor.IsFromOne)
                {
                    parameter.add_(factor.Draw - 1);
                }
            }
        }
    }

    /// <summary>The factors on the learning rates by the weights' names in the objective that trains the model.</summary>
    /// <exception cref="RecipeException">The objective trains a weight of its own, for which there is no rule.</exception>
    public IReadOnlyDictionary<string, double> RatesIn(Objective objective)
    {
        ArgumentNullException.ThrowIfNull(objective);
        var names = model.named_parameters().ToDictionary(entry => (object)entry.parameter, entry => entry.name, ReferenceEqualityComparer.Instance);
        return objective.named_parameters().ToDictionary(
            entry => entry.name,
            entry => names.TryGetValue(entry.parameter, out var name) ? factors[name].Rate
                : throw new RecipeException($"width_transfer has no rule for '{entry.name}', which belongs to the objective and not to the model. Leave it out, and tune the rate at this width."),
            StringComparer.Ordinal);
    }

    private static Dictionary<string, nn.Module> Modules(Model of) => of.named_modules().ToDictionary(entry => entry.name, entry => entry.module, StringComparer.Ordinal);

    private void Matrices(Model tuned, Dictionary<string, nn.Module> narrow)
    {
        var before = tuned.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (!before.TryGetValue(name, out var small) || small.dim() != parameter.dim())
            {
                throw new RecipeException($"width_transfer: the model at the base width has no weight '{name}', so it differs in more than its width.");
            }

            factors.Add(name, Owner(name) switch
            {
                Projection map => OfMap(name, map, (Projection)narrow[OwnerName(name)], parameter.dim() > 1),
                TokenTable or Norm => WidthFactors.None,
                _ when parameter.dim() < 2 || parameter.shape.SequenceEqual(small.shape) => WidthFactors.None,
                _ => throw new RecipeException($"width_transfer has no rule for '{name}' of '{model.Family.ModelType}'. Leave it out, and tune the rate at this width."),
            });
        }

        if (before.Count != factors.Count)
        {
            throw new RecipeException($"width_transfer: the model at the base width has a weight '{before.Keys.First(name => !factors.ContainsKey(name))}', which this one has not, so it differs in more than its width.");
        }
    }

    private static WidthFactors OfMap(string name, Projection map, Projection small, bool isMatrix)
    {
        var (input, output) = ((double)small.InputSize / map.InputSize, (double)small.OutputSize / map.OutputSize);
        if (!isMatrix || IsSame(input, 1))
        {
            return WidthFactors.None;
        }

        if (!IsSame(output, 1))
        {
            return new(input, Math.Sqrt(input));
        }

        // Maps to a few numbers that nothing else reads; inside a backbone such a map is a strait whose sides grow apart.
        return name is "head.output.weight" or "head.relationship.weight" ? new(input, input)
            : throw new RecipeException($"width_transfer: the input of '{name}' is {map.InputSize} wide and {small.InputSize} at the base width, but its output is {map.OutputSize} in both. There is a rule for widths that grow together: give width_transfer.config the fields of the smaller model (such as its inner width or its key and value heads), or leave width_transfer out.");
    }

    private void Attention(Dictionary<string, nn.Module> narrow)
    {
        foreach (var (name, module) in modules)
        {
            if (module is TextTransformer { Options.Blocks.Disentangled: not null })
            {
                throw new RecipeException($"width_transfer has no rule for the distances that '{model.Family.ModelType}' adds to the scores of attention. Leave it out, and tune the rate at this width.");
            }

            if (module is MultiHeadAttention { Options: { } options } && narrow[name] is MultiHeadAttention { Options: { } small })
            {
                var wanted = ScaleOf(small) * small.ResolvedHeadSize / options.ResolvedHeadSize;
                Scale(name, options, wanted / ScaleOf(options));
            }
        }
    }

    private static double ScaleOf(AttentionOptions options) => options.Scale ?? 1 / Math.Sqrt(options.ResolvedHeadSize);

    private void Scale(string attention, AttentionOptions options, double factor)
    {
        if (IsSame(factor, 1))
        {
            return;
        }

        if (options.HeadNorm is null && options.Layout != ProjectionLayout.Separate)
        {
            throw new RecipeException($"width_transfer: a head of '{model.Family.ModelType}' is {options.ResolvedHeadSize} wide, another width than at the base, and its queries share one matrix with keys and values, which cannot hold a factor for queries alone. Let the number of heads grow with the width (model.head_count), so that heads keep their width.");
        }

        Multiply($"{attention}.{(options.HeadNorm is null ? "query" : "queryNorm")}", factor);
    }

    private void Logits(Dictionary<string, nn.Module> narrow)
    {
        var stack = modules.Values.OfType<TextTransformer>().Single().Options;
        var small = narrow.Values.OfType<TextTransformer>().Single().Options;
        var vectors = small.EmbeddingScale / stack.EmbeddingScale;
        Multiply("backbone.tokens", vectors);
        if (model.Head is VocabularyHead && modules.ContainsKey("head.output"))
        {
            return;
        }

        // The table of a tied head has the width of the vectors before it, and may have been made smaller just above.
        var norm = model.Head switch
        {
            VocabularyHead when !stack.ReturnsToEmbeddingSize => "backbone.stack.finalNorm",
            MaskedTokenHead => "head.transform.norm",
            PretrainingHead => "head.predictions.transform.norm",
            _ => null,
        };
        var factor = (double)small.TokenSize / stack.TokenSize / vectors;
        if (!IsSame(factor, 1))
        {
            Multiply(norm is not null && modules.ContainsKey(norm) ? norm
                : throw new RecipeException($"width_transfer: '{model.Family.ModelType}' makes logits by its token table without a norm before it that could hold their factor. Give the head a map of its own (model.config.tie_word_embeddings: false), or leave width_transfer out."), factor);
        }
    }

    private void Multiply(string owner, double factor)
    {
        foreach (var name in (string[])[$"{owner}.weight", $"{owner}.bias"])
        {
            if (factors.TryGetValue(name, out var own))
            {
                var isFromOne = name.EndsWith(".weight", StringComparison.Ordinal) && modules[owner] is Norm { Options.Kind: NormKind.RootMeanSquareFromOne };
                factors[name] = own.Times(factor) with { IsFromOne = isFromOne };
            }
        }
    }

    private nn.Module? Owner(string parameter) => modules.GetValueOrDefault(OwnerName(parameter));

    private static string OwnerName(string parameter) => parameter[..Math.Max(0, parameter.LastIndexOf('.'))];

    private static bool IsSame(double value, double other) => Math.Abs(value - other) < 1e-12;
}
