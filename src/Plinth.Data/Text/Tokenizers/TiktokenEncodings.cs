using System.Globalization;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>How one of tiktoken's encodings cuts text, and its special tokens, whose ids may follow the ranks.</summary>
internal sealed record TiktokenEncoding(WordCut Cut, Func<int, IEnumerable<(string Content, int Id)>> SpecialTokens);

/// <summary>The encodings that tiktoken's and Whisper's files are named after.</summary>
internal static class TiktokenEncodings
{
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The languages of Whisper in the order of their ids (Radford et al. 2022, arXiv:2212.04356).</summary>
    private const string WhisperLanguages =
        "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su";

    private static readonly Dictionary<string, TiktokenEncoding> Known = new(StringComparer.Ordinal)
    {
        ["r50k_base"] = new(ByteLevel.Split, _ => [(EndOfText, 50256)]),
        ["p50k_base"] = new(ByteLevel.Split, _ => [(EndOfText, 50256)]),
        ["p50k_edit"] = new(ByteLevel.Split, _ => [(EndOfText, 50256), ("<|fim_prefix|>", 50281), ("<|fim_middle|>", 50282), ("<|fim_suffix|>", 50283)]),
        ["cl100k_base"] = new(
            WordCuts.Cl100k(numberLength: 3), _ => [(EndOfText, 100257), ("<|fim_prefix|>", 100258), ("<|fim_middle|>", 100259), ("<|fim_suffix|>", 100260), ("<|endofprompt|>", 100276)]),
        ["o200k_base"] = new(WordCuts.O200k, _ => [(EndOfText, 199999), ("<|endofprompt|>", 200018)]),
        ["gpt2"] = new(ByteLevel.Split, Whisper),
        ["multilingual"] = new(ByteLevel.Split, Whisper),
    };

    public static TiktokenEncoding Find(string name, string path) => Known.TryGetValue(name, out var found)
        ? found
        : throw new BadInputException($"{path}: there is no tiktoken encoding '{name}'. Known, by the name of the file: {string.Join(", ", Known.Keys)}.");

    private static IEnumerable<(string Content, int Id)> Whisper(int first)
    {
        var times = Enumerable.Range(0, 1501).Select(i => string.Create(CultureInfo.InvariantCulture, $"<|{i * 0.02:0.00}|>"));
        string[] tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"];
        IEnumerable<string> contents =
            [EndOfText, "<|startoftranscript|>", .. WhisperLanguages.Split(' ').Select(name => $"<|{name}|>"), .. tasks.Select(name => $"<|{name}|>"), .. times];
        return contents.Select((content, i) => (content, first + i));
    }
}
