using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Models;
using Plinth.Models.Inspection;
using Plinth.Recipes.Parity;

namespace Plinth.Recipes.Inspection;

/// <summary>A file of a checkpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
public sealed record CheckpointFile(string Name, long Bytes);

/// <summary>Weights of one element type in the files.</summary>
/// <param name="Type">The element type.</param>
/// <param name="TensorCount">Tensors.</param>
/// <param name="ElementCount">Their elements.</param>
public sealed record StoredType(string Type, int TensorCount, long ElementCount);

/// <summary>What is known of a folder's tokenizer.</summary>
/// <param name="VocabularySize">Entries.</param>
/// <param name="Special">Control tokens by what they are for.</param>
public sealed record TokenizerFacts(int VocabularySize, IReadOnlyDictionary<string, string> Special);

/// <summary>A checkpoint folder as it lies there: config, counts, files, tokenizer. Only headers are read, no weights.</summary>
/// <param name="Family">The architecture.</param>
/// <param name="Config">Its sizes.</param>
/// <param name="Head">What stands on the backbone.</param>
/// <param name="Model">Counts.</param>
/// <param name="Files">All files, the largest first.</param>
/// <param name="Types">Element types of the stored weights; empty when the folder has none.</param>
/// <param name="Tokenizer">Facts of the tokenizer, or null without one.</param>
/// <param name="HasChatTemplate">Whether a chat template is there.</param>
/// <param name="HasCertificate">Whether numbers to check it by are there.</param>
public sealed record CheckpointInspection(
    ModelFamily Family,
    ModelConfig Config,
    HeadKind Head,
    ModelInspection Model,
    IReadOnlyList<CheckpointFile> Files,
    IReadOnlyList<StoredType> Types,
    TokenizerFacts? Tokenizer,
    bool HasChatTemplate,
    bool HasCertificate)
{
    /// <summary>Looks at a folder.</summary>
    /// <exception cref="CheckpointException">A file is missing or malformed, or the architecture is not known.</exception>
    public static CheckpointInspection Of(string folder)
    {
        AtomicFolder.Recover(folder);
        var (family, config) = Checkpoint.ReadConfig(folder, ModelCatalog.Families);
        var files = new DirectoryInfo(folder).EnumerateFiles()
            .Select(file => new CheckpointFile(file.Name, file.Length))
            .OrderByDescending(file => file.Bytes).ThenBy(file => file.Name, StringComparer.Ordinal).ToList();
        using var weights = files.Any(file => Path.GetExtension(file.Name) is ".safetensors" or ".bin") ? WeightFiles.Open(folder) : null;
        var head = weights is not null ? Checkpoint.HeadOf(family, config, weights)
            : config.Architectures is [var architecture, ..] ? family.HeadOf(architecture) : HeadKind.None;
        return new(
            family,
            config,
            head,
            ModelInspection.Of(family, config, head),
            files,
            weights is null ? [] : [.. weights.Entries.Values.GroupBy(entry => entry.Type)
                .Select(group => new StoredType(group.Key.ToString().ToLowerInvariant(), group.Count(), group.Sum(entry => entry.Count)))
                .OrderByDescending(type => type.ElementCount)],
            TokenizerFiles.Exist(folder) ? Facts(TokenizerFiles.Load(folder)) : null,
            HasTemplate(folder),
            File.Exists(Path.Combine(folder, Certificate.FolderName, "expected.safetensors")));
    }

    private static TokenizerFacts Facts(Tokenizer tokenizer)
    {
        var special = new Dictionary<string, string>();
        foreach (var (name, id) in ((string, int?)[])[
            ("begin", tokenizer.BeginId), ("end", tokenizer.EndId), ("pad", tokenizer.PadId), ("unknown", tokenizer.UnknownId),
            ("mask", tokenizer.MaskId), ("class", tokenizer.ClassId), ("separator", tokenizer.SeparatorId)])
        {
            if (id is { } known)
            {
                special[name] = $"{tokenizer.TokenOf(known)} ({known})";
            }
        }

        return new(tokenizer.VocabularySize, special);
    }

    private static bool HasTemplate(string folder)
    {
        var settings = Path.Combine(folder, "tokenizer_config.json");
        return File.Exists(Path.Combine(folder, "chat_template.jinja"))
            || (File.Exists(settings) && Checkpoint.ReadJson(settings)["chat_template"] is JsonValue or JsonArray);
    }
}
