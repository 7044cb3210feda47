namespace Plinth.Data.Text;

/// <summary>
/// Turns ids into text one by one, as they are generated: text appears when its characters are whole, and is never taken back.
/// Not safe for concurrent use; each stream of ids has its own.
/// </summary>
/// <param name="tokenizer">The tokenizer of the ids.</param>
/// <param name="skipSpecial">Whether control tokens are left out.</param>
public sealed class StreamingDecoder(Tokenizer tokenizer, bool skipSpecial = true)
{
    /// <summary>More tokens than this never make one character: what is settled of them is let through.</summary>
    private const int PendingLimit = 8;

    /// <summary>After so many tokens of nonsense everything is let through.</summary>
    private const int NonsenseLimit = 64;

    /// <summary>Bytes of a character that may still become whole.</summary>
    private const int OpenLimit = 3;

    // Ids whose text has been given stay as long as the next ones need them before them, for spaces between words depend on it.
    private readonly List<int> ids = [];
    private string given = "";
    private int givenCount;

    /// <summary>Adds an id.</summary>
    /// <returns>The text that is complete now, often empty.</returns>
    public string Append(int id)
    {
        if (skipSpecial && tokenizer.SpecialIds.Contains(id))
        {
            return "";
        }

        ids.Add(id);
        var text = tokenizer.Decode(ids, skipSpecial);
        if (!text.EndsWith('\uFFFD'))
        {
            return GiveAll(text);
        }

        var pending = ids.Count - givenCount;
        if (pending <= PendingLimit)
        {
            return "";
        }

        return pending > NonsenseLimit ? Flush() : Give(text[..^Math.Min(OpenLimit, text.Length - text.TrimEnd('\uFFFD').Length)]);
    }

    /// <summary>The rest, with U+FFFD for what never became whole. The stream begins anew after it.</summary>
    public string Flush()
    {
        var rest = Give(tokenizer.Decode(ids, skipSpecial));
        ids.Clear();
        (given, givenCount) = ("", 0);
        return rest;
    }

    private string Give(string text)
    {
        var fresh = text[text.AsSpan().CommonPrefixLength(given)..];
        given = text;
        return fresh;
    }

    private string GiveAll(string text)
    {
        var fresh = Give(text);
        if (fresh.Length == 0)
        {
            return fresh;
        }
        // The newest piece that gave text is the context of the next.
        ids.RemoveRange(0, givenCount);
        given = tokenizer.Decode(ids, skipSpecial);
        givenCount = ids.Count;
        return fresh;
    }
}
