namespace Plinth.Data.Text;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer file.</summary>
internal static class PreTokenizerReader
{
    /// <returns>The step, and whether words are written in the alphabet of bytes after it.</returns>
    public static (PreTokenizer Step, bool MapsBytes) Read(JsonPart part)
    {
        if (part.Type == "Sequence")
        {
            var children = part.Knows("pretokenizers").Children("pretokenizers");
            var steps = children.Select((child, index) => ReadStep(child, isLast: index == children.Count - 1)).ToList();
            return (new PreTokenizerSequence(steps), children.Count > 0 && children[^1].Type == "ByteLevel");
        }
        return (ReadStep(part, isLast: true), part.Type == "ByteLevel");
    }

    private static PreTokenizer ReadStep(JsonPart part, bool isLast) => part.Type switch
    {
        "Sequence" => new PreTokenizerSequence([.. part.Knows("pretokenizers").Children("pretokenizers").Select(child => ReadStep(child, isLast: false))]),
        "ByteLevel" => new ByteLevelPreTokenizer(part.Knows("add_prefix_space", "trim_offsets", "use_regex").Flag("add_prefix_space", true), part.Flag("use_regex", true), maps: !isLast),
        "BertPreTokenizer" => Plain(part, new BertPreTokenizer()),
        "Whitespace" => Plain(part, new WhitespacePreTokenizer()),
        "WhitespaceSplit" => Plain(part, new SplitPreTokenizer(SplitPreTokenizer.Matching(CodePoints.IsWhiteSpace), SplitBehavior.Removed, inverts: false)),
        "Punctuation" => new SplitPreTokenizer(SplitPreTokenizer.Matching(CodePoints.IsPunctuation), Behavior(part.Knows("behavior"), SplitBehavior.Isolated), inverts: false),
        "Digits" => new SplitPreTokenizer(
            SplitPreTokenizer.Matching(CodePoints.IsNumber, runs: !part.Knows("individual_digits").Flag("individual_digits")), SplitBehavior.Isolated, inverts: false),
        "CharDelimiterSplit" => new SplitPreTokenizer(TextPattern.Literal(part.Knows("delimiter").Text("delimiter")).Matches, SplitBehavior.Removed, inverts: false),
        "Split" => ReadSplit(part.Knows("pattern", "behavior", "invert")),
        "FixedLength" => new FixedLengthPreTokenizer(
            part.Knows("length").OptionalNumber("length") is var length && length is null or > 0 ? length ?? 5 : throw part.Missing("length", "more than 0")),
        "Metaspace" => ReadMetaspace(part.Knows("replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep")),
        _ => throw part.Unknown("pre-tokenizer", "Sequence", "ByteLevel", "BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits", "CharDelimiterSplit", "Split", "FixedLength", "Metaspace"),
    };

    private static PreTokenizer ReadSplit(JsonPart part)
    {
        var (behavior, inverts) = (Behavior(part, null), part.Flag("invert"));
        // Where all text matches, the matches are the words whichever way they are asked for.
        var takesMatches = !inverts && behavior == SplitBehavior.Isolated || inverts && behavior is SplitBehavior.Removed or SplitBehavior.Isolated;
        return takesMatches && part.Child("pattern").OptionalText("Regex") is { } expression && WordCuts.ByExpression.TryGetValue(expression, out var rule)
            ? new WordCutter(rule)
            : new SplitPreTokenizer(PatternReader.Read(part.Child("pattern")).Matches, behavior, inverts);
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonPart part) => new(part.Character("replacement", '\u2581'), Scheme(part), part.Flag("split", true));

    /// <summary>When the sign is prepended; older files say it with <c>add_prefix_space</c>.</summary>
    public static PrependScheme Scheme(JsonPart part) => part.OptionalText("prepend_scheme") switch
    {
        null => part.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        _ => throw part.Missing("prepend_scheme", "always, first or never"),
    };

    private static SplitBehavior Behavior(JsonPart part, SplitBehavior? otherwise) => part.OptionalText("behavior") switch
    {
        null when otherwise is { } given => given,
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw part.Missing("behavior", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
    };

    private static T Plain<T>(JsonPart part, T step)
    {
        part.Knows();
        return step;
    }
}
