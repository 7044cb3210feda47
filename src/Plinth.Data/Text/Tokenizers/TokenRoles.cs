using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plinth.Data.Text;

/// <summary>Ids of the tokens that have a part to play.</summary>
internal sealed record RoleIds(int? Pad, int? Mask, int? Class, int? Separator, int? Begin, int? End, int? Unknown);

/// <summary>Which tokens have which part: as <c>tokenizer_config.json</c> says, else by the names that are usual.</summary>
internal sealed record TokenRoles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, string[]> UsualNames = new(StringComparer.Ordinal)
    {
        ["pad_token"] = ["[PAD]", "<pad>", "<|pad|>", "<|padding|>", "<|finetune_right_pad_id|>"],
        ["mask_token"] = ["[MASK]", "<mask>", "<|mask|>"],
        ["cls_token"] = ["[CLS]"],
        ["sep_token"] = ["[SEP]"],
        ["unk_token"] = ["[UNK]", "<unk>", "<|unk|>"],
        ["bos_token"] = ["<s>", "<bos>", "[BOS]", "<|startoftext|>", "<|begin_of_text|>", "<|endoftext|>"],
        ["eos_token"] = ["</s>", "<eos>", "[EOS]", "<|endoftext|>", "<|end_of_text|>"],
    };

    /// <summary>Token contents by the key of <c>tokenizer_config.json</c>; a null value says that there is none.</summary>
    public IReadOnlyDictionary<string, string?> Stated { get; init; } = new Dictionary<string, string?>();

    public static IEnumerable<string> Keys => UsualNames.Keys;

    /// <param name="idOf">The id of any token.</param>
    /// <param name="addedIdOf">The id of an added token; only those have a part without being named, for text may hold such names too.</param>
    public RoleIds Resolve(Func<string, int?> idOf, Func<string, int?> addedIdOf)
    {
        // RoBERTa's <s> and </s> are also its class and separator, where a mask shows that this is an encoder.
        var mask = Find("mask_token");
        var isRobertaLike = mask is not null && addedIdOf("<s>") is not null && addedIdOf("[CLS]") is null;
        return new(
            Find("pad_token"),
            mask,
            Find("cls_token") ?? (isRobertaLike ? addedIdOf("<s>") : null),
            Find("sep_token") ?? (isRobertaLike ? addedIdOf("</s>") : null),
            Find("bos_token"),
            Find("eos_token"),
            Find("unk_token"));

        int? Find(string key)
        {
            if (Stated.TryGetValue(key, out var content))
            {
                return content is null ? null : idOf(content);
            }

            return UsualNames[key].Select(addedIdOf).FirstOrDefault(id => id is not null);
        }
    }

    /// <summary>A <c>tokenizer_config.json</c> that states these roles.</summary>
    /// <param name="tokenizerClass">The class that Hugging Face's library shall read the files with, or null.</param>
    public string ToConfig(string? tokenizerClass)
    {
        var config = new JsonObject();
        if (tokenizerClass is not null)
        {
            config["tokenizer_class"] = tokenizerClass;
        }

        foreach (var (key, content) in Stated)
        {
            config[key] = content;
        }

        return config.ToJsonString(Indented);
    }
}
