using Plinth.Core;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Gpt2;
using Plinth.Models.Text.Llama;

namespace Plinth.Models;

/// <summary>The shelf of architectures: one line each.</summary>
public static class ModelCatalog
{
    /// <summary>All families by their <c>model_type</c>.</summary>
    public static Catalog<ModelFamily> Families { get; } = new(
        "architecture",
        [
            new BertFamily(),
            new Gpt2Family(),
            new LlamaFamily(),
        ],
        family => family.ModelType);
}
