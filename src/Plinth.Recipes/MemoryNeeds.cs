using Plinth.Core;
using Plinth.Layers;
using Plinth.Models.Inspection;

namespace Plinth.Recipes;

/// <summary>What a run needs memory for.</summary>
/// <param name="Model">The model's sizes.</param>
/// <param name="Elements">Elements (tokens, patches) of one batch, at most.</param>
internal sealed record MemoryNeeds(ModelInspection Model, long Elements)
{
    /// <summary>How much of its weights is trained, 0 to 1.</summary>
    public double TrainedShare { get; init; } = 1;

    /// <summary>Matrices that are kept in few bits.</summary>
    public IEnumerable<QuantizedMatrix> Held { get; init; } = [];

    /// <summary>Bytes of the weights of a teacher, which is not loaded yet.</summary>
    public long TeacherBytes { get; init; }

    /// <summary>Bytes of it that the process has already: weights of a model that is built.</summary>
    public long OwnedBytes { get; init; }

    /// <summary>Those of a model that is built: what is trained of it, what is kept in few bits, and what it has.</summary>
    /// <param name="model">The model.</param>
    /// <param name="elements">Elements of one batch, at most.</param>
    public static MemoryNeeds Of(Model model, long elements)
    {
        var sizes = ModelInspection.Of(model);
        var trained = model.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        return new(sizes, elements)
        {
            TrainedShare = Math.Min(1, (double)trained / sizes.ParameterCount),
            Held = Quantized(model),
            OwnedBytes = BytesOf(model),
        };
    }

    /// <summary>Bytes that the weights of a model take.</summary>
    public static long BytesOf(Model model) => model.parameters().Sum(parameter => parameter.numel() * parameter.element_size()) + Quantized(model).Sum(matrix => matrix.Bytes);

    private static IEnumerable<QuantizedMatrix> Quantized(Model model) =>
        model.modules().OfType<Projection>().Select(projection => projection.Quantized).OfType<QuantizedMatrix>();
}
