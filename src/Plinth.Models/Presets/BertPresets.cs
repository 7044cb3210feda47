using System.Globalization;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Electra;
using Plinth.Models.Text.Roberta;

namespace Plinth.Models.Presets;

/// <summary>BERT in its 24 small sizes, base and large, and its kin.</summary>
internal static class BertPresets
{
    private const string Bert = "Devlin et al. 2018, arXiv:1810.04805";
    private const string Small = "Turc et al. 2019, arXiv:1908.08962; github.com/google-research/bert";

    // The small ones with a name of their own, and the counts that their table states.
    private static readonly Dictionary<(int, int), (string Name, string Stated)> named = new()
    {
        [(2, 128)] = ("bert-tiny", "4.4M"),
        [(4, 256)] = ("bert-mini", "11.3M"),
        [(4, 512)] = ("bert-small", "29.1M"),
        [(8, 512)] = ("bert-medium", "41.7M"),
    };

    public static IEnumerable<ModelPreset> All =>
    [
        .. from layers in (int[])[2, 4, 6, 8, 10, 12]
           from width in (int[])[128, 256, 512, 768]
           let known = named.GetValueOrDefault((layers, width))
           select new ModelPreset(
               known.Name ?? string.Create(CultureInfo.InvariantCulture, $"bert-l{layers}-h{width}"),
               Form(layers, width, width / 64, 4 * width),
               known.Stated ?? "",
               Small),
        new("bert-base-uncased", Form(12, 768, 12, 3072), "110M", Bert),
        new("bert-large-uncased", Form(24, 1024, 16, 4096), "340M", Bert),
        new("minilm-l6", Form(6, 384, 12, 1536), "22.7M", "Wang et al. 2020, arXiv:2002.10957; all-MiniLM-L6-v2 on the hub"),
        new(
            "electra-small",
            new ElectraConfig { VocabSize = 30_522, EmbeddingSize = 128, HiddenSize = 256, NumHiddenLayers = 12, NumAttentionHeads = 4, IntermediateSize = 1024, PadTokenId = 0 },
            "14M",
            "Clark et al. 2020, arXiv:2003.10555"),
        new(
            "roberta-base",
            new RobertaConfig { VocabSize = 50_265, MaxPositionEmbeddings = 514, TypeVocabSize = 1, LayerNormEps = 1e-5, PadTokenId = 1, BosTokenId = 0, EosTokenId = 2 },
            "125M",
            "Liu et al. 2019, arXiv:1907.11692"),
    ];

    private static BertConfig Form(int layers, int width, int heads, int inner) => new()
    {
        VocabSize = 30_522,
        NumHiddenLayers = layers,
        HiddenSize = width,
        NumAttentionHeads = heads,
        IntermediateSize = inner,
        PadTokenId = 0,
    };
}
