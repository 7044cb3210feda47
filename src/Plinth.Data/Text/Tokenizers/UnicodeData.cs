using System.Globalization;

namespace Plinth.Data.Text;

/// <summary>
/// Decompositions, compositions and combining classes of Unicode. With invariant globalization, in which Plinth runs,
/// <see cref="string.Normalize()" /> leaves everything but ASCII as it is, so normal forms (Unicode Annex 15) are made here.
/// </summary>
internal sealed class UnicodeData
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, HangulCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<UnicodeData> Instance = new(() => new());

    private readonly Dictionary<int, int[]> canonical = [], compatible = [];
    private readonly Dictionary<int, byte> classes = [];
    private readonly Dictionary<(int, int), int> compositions = [];
    private readonly HashSet<int> followers = [];

    private UnicodeData()
    {
        using var stream = typeof(UnicodeData).Assembly.GetManifestResourceStream("UnicodeDecompositions.txt")!;
        using var reader = new StreamReader(stream);
        HashSet<int> excluded = [];
        Dictionary<int, int[]> canonicalSteps = [], compatibleSteps = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (line.StartsWith('!'))
            {
                excluded.UnionWith(Numbers(line[1..]));
            }
            else if (line.StartsWith(':'))
            {
                ReadClasses(line[1..]);
            }
            else if (line.IndexOf('=') is > 0 and var at)
            {
                canonicalSteps[Number(line[..at])] = Numbers(line[(at + 1)..]);
            }
            else
            {
                compatibleSteps[Number(line[..line.IndexOf('~')])] = Numbers(line[(line.IndexOf('~') + 1)..]);
            }
        }
        foreach (var (whole, parts) in canonicalSteps)
        {
            if (parts.Length == 2 && !excluded.Contains(whole))
            {
                compositions[(parts[0], parts[1])] = whole;
                followers.Add(parts[1]);
            }

            canonical[whole] = [.. parts.SelectMany(part => Expand(part, canonicalSteps, null))];
        }
        foreach (var whole in canonicalSteps.Keys.Concat(compatibleSteps.Keys))
        {
            compatible[whole] = [.. Expand(whole, canonicalSteps, compatibleSteps)];
        }
    }

    public static UnicodeData Shared => Instance.Value;

    public byte ClassOf(int codePoint) => codePoint < 0x300 ? (byte)0 : classes.GetValueOrDefault(codePoint);

    /// <summary>Whether a text of such code points alone is in composed form (NFC): this one is no mark, joins none before it, and is written in no other way.</summary>
    public bool KeepsForm(int codePoint) => codePoint < 0x300
        || (!classes.ContainsKey(codePoint) && !followers.Contains(codePoint) && !IsTrailingJamo(codePoint) && IsWhole(codePoint));

    /// <summary>The full decomposition of a code point.</summary>
    public void Decompose(int codePoint, bool isCompatible, List<int> parts)
    {
        if (codePoint - HangulBase is >= 0 and < HangulCount and var index)
        {
            parts.Add(LeadBase + index / (VowelCount * TrailCount));
            parts.Add(VowelBase + index % (VowelCount * TrailCount) / TrailCount);
            if (index % TrailCount != 0)
            {
                parts.Add(TrailBase + index % TrailCount);
            }
        }
        else if ((isCompatible ? compatible : canonical).TryGetValue(codePoint, out var known))
        {
            parts.AddRange(known);
        }
        else
        {
            parts.Add(codePoint);
        }
    }

    /// <summary>The code point that two make together, or -1.</summary>
    public int Compose(int first, int second)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
        {
            return HangulBase + (lead * VowelCount + vowel) * TrailCount;
        }

        if (first - HangulBase is >= 0 and < HangulCount and var syllable && syllable % TrailCount == 0
            && second - TrailBase is > 0 and < TrailCount and var trail)
        {
            return first + trail;
        }

        return compositions.TryGetValue((first, second), out var whole) ? whole : -1;
    }

    private static bool IsTrailingJamo(int codePoint) => codePoint is >= VowelBase and < VowelBase + VowelCount or > TrailBase and < TrailBase + TrailCount;

    // What is taken apart and not put together again has another form.
    private bool IsWhole(int codePoint) => !canonical.TryGetValue(codePoint, out var parts) || Composed(parts) == codePoint;

    private int Composed(int[] parts) => parts.Length == 1 ? parts[0] : parts.Skip(1).Aggregate(parts[0], Compose);

    private static IEnumerable<int> Expand(int codePoint, Dictionary<int, int[]> first, Dictionary<int, int[]>? second)
    {
        if (first.TryGetValue(codePoint, out var parts) || (second is not null && second.TryGetValue(codePoint, out parts)))
        {
            return parts.SelectMany(part => Expand(part, first, second));
        }

        return [codePoint];
    }

    private void ReadClasses(string line)
    {
        var fields = line.Split(' ');
        var kind = byte.Parse(fields[0], CultureInfo.InvariantCulture);
        foreach (var field in fields.Skip(1))
        {
            var ends = field.Split('-');
            for (var codePoint = Number(ends[0]); codePoint <= Number(ends[^1]); codePoint++)
            {
                classes[codePoint] = kind;
            }
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static int[] Numbers(string text) => [.. text.Split(' ').Select(Number)];
}
