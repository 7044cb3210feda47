using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Inference;
using Plinth.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Generated sequences, which must be equal id for id.</summary>
internal static class GenerationCase
{
    private static readonly HashSet<string> known = new(StringComparer.Ordinal)
    {
        "max_new_tokens", "min_new_tokens", "pad_token_id", "eos_token_id", "num_beams", "no_repeat_ngram_size", "repetition_penalty", "do_sample",
        "length_penalty", "early_stopping",
    };

    /// <summary>Names of the stored generations that have an expected result.</summary>
    public static IReadOnlyList<string> TagsOf(ParityCase parity) =>
        [.. (parity.Meta["generation"] as JsonObject ?? []).Select(entry => entry.Key).Where(tag => parity.Find(tag + ".sequences") is not null)];

    public static void Compare(ParityCase parity, Model model)
    {
        foreach (var tag in TagsOf(parity))
        {
            Compare(parity, model, tag);
        }
    }

    /// <summary>Compares one stored generation.</summary>
    public static void Compare(ParityCase parity, Model model, string tag)
    {
        var arguments = parity.Meta["generation"]![tag]!["kwargs"]!.AsObject();
        if (arguments.FirstOrDefault(argument => !known.Contains(argument.Key)) is { Key: not null } unknown)
        {
            throw new CheckpointException($"{parity.Folder}: the generation option {unknown.Key} is not supported. Known: {string.Join(", ", known)}.");
        }

        var options = Options(arguments, model);
        var padId = (int)(ParityCase.Number(arguments["pad_token_id"]) ?? 0);
        parity.CompareExactly(tag + ".sequences", Generate(parity, model, tag, options, padId), parity.Get(tag + ".sequences").data<long>().ToArray());
    }

    private static GenerationOptions Options(JsonObject arguments, Model model)
    {
        int Whole(string name, int otherwise) => (int)(ParityCase.Number(arguments[name]) ?? otherwise);
        return new()
        {
            MaxNewTokens = Whole("max_new_tokens", 20),
            MinNewTokens = Whole("min_new_tokens", 0),
            NumBeams = Whole("num_beams", 1),
            NoRepeatNgramSize = Whole("no_repeat_ngram_size", 0),
            RepetitionPenalty = ParityCase.Number(arguments["repetition_penalty"]) ?? 1,
            LengthPenalty = ParityCase.Number(arguments["length_penalty"]) ?? 1,
            PadTokenId = Whole("pad_token_id", 0),
            EarlyStopping = arguments["early_stopping"] is JsonValue early && early.TryGetValue<bool>(out var stops) && stops ? EarlyStopping.WhenFull : default,
            EosTokenIds = !arguments.ContainsKey("eos_token_id") ? model.Config.EndIds
                : arguments["eos_token_id"] is null ? []
                : [Whole("eos_token_id", 0)],
        };
    }

    private static IEnumerable<long> Generate(ParityCase parity, Model model, string tag, GenerationOptions options, int padId)
    {
        var ids = parity.Get(tag + ".input_ids");
        var (batch, seq) = ((int)ids.size(0), (int)ids.size(1));
        var rows = ids.data<long>().ToArray().Chunk(seq).ToList();
        var masks = parity.Find(tag + ".attention_mask") is { } mask ? mask.data<long>().ToArray().Chunk(seq).ToList() : null;
        IReadOnlyList<IReadOnlyList<int>> prompts = [.. rows.Select((row, i) => (IReadOnlyList<int>)
            [.. row.Where((_, column) => masks is null || masks[i][column] != 0).Select(id => (int)id)])];
        var generator = new TokenGenerator(model);
        var answers = parity.Find(tag + ".pixel_values") is { } pixels
            ? generator.Generate(prompts, new ImageBatch { PixelValues = pixels }, options)
            : generator.Generate(prompts, options);
        var longest = answers.Max(answer => answer.NewIds.Count);
        return Enumerable.Range(0, batch).SelectMany(i => (model.HeadKind == HeadKind.SequenceToSequence ? [model.Config.DecoderStartId] : rows[i])
            .Concat(answers[i].NewIds.Select(id => (long)id))
            .Concat(Enumerable.Repeat((long)padId, longest - answers[i].NewIds.Count)));
    }
}
