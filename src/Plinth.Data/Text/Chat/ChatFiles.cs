using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Data.Formats;

namespace Plinth.Data.Text.Chat;

/// <summary>Reads conversations from JSON lines: <c>{"messages": [...], "tools": [...]}</c>, the form of the chat APIs.</summary>
public static class ChatFiles
{
    /// <summary>Streams the conversations of a file (<c>.jsonl</c>, <c>.ndjson</c>, each also as <c>.gz</c> or <c>.zst</c>); blank lines are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to read; the plain case when left out.</param>
    /// <exception cref="BadInputException">The file is missing or empty, or a line is no conversation; the message names file and line.</exception>
    public static IEnumerable<ChatConversation> Read(string path, CorpusOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        RowFiles.CheckExists(path);
        var file = CorpusWalk.Expand(path, options ?? new());
        return JsonLines.IsJsonLines(file.Extension) ? Conversations(file, options ?? new(), path)
            : throw new BadInputException($"Conversations are read from .jsonl or .ndjson, each also as .gz or .zst; '{path}' has the extension '{file.Extension}'.");
    }

    /// <summary>Reads a file as samples for causal fine-tuning: token ids, and which of them are learnt.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoder">Template and tokenizer.</param>
    /// <exception cref="BadInputException">The file is malformed, or the template refuses a conversation; the message names file and line.</exception>
    public static IReadOnlyList<TextSample> ReadSamples(string path, ChatEncoder encoder) => [.. Samples(Read(path), encoder)];

    /// <summary>Turns conversations into samples for causal fine-tuning.</summary>
    /// <param name="conversations">The conversations.</param>
    /// <param name="encoder">Template and tokenizer.</param>
    /// <exception cref="BadInputException">The template refuses a conversation, or nothing of it is learnt; the message names file and line.</exception>
    public static IEnumerable<TextSample> Samples(IEnumerable<ChatConversation> conversations, ChatEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        ArgumentNullException.ThrowIfNull(encoder);
        return conversations.Select(conversation => encoder.Encode(conversation) is var encoded && encoded.TargetCount > 0 ? encoded.ToSample()
            : throw new BadInputException($"{conversation.Place}: nothing of this conversation would be learnt{Why(encoded)}. 'plinth data inspect' shows it."));
    }

    /// <summary>Whether a file holds conversations: JSON lines, the first of which has <c>messages</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">The file's first line is no JSON object.</exception>
    public static bool IsChat(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
        {
            return false;
        }

        var file = CorpusWalk.Expand(path, new());
        return JsonLines.IsJsonLines(file.Extension) && JsonLines.Objects(file, new()).Take(1).Any(line => line.Root.TryGetProperty("messages", out _));
    }

    /// <summary>Writes conversations in the form in which they are read.</summary>
    /// <param name="path">The file, <c>.jsonl</c>.</param>
    /// <param name="conversations">The conversations.</param>
    public static void Write(string path, IEnumerable<ChatConversation> conversations)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        AtomicFile.WriteText(path, string.Concat(conversations.Select(conversation => ChatJson.Text(conversation) + "\n")));
    }

    /// <summary>A conversation of its JSON.</summary>
    /// <param name="json">An object with <c>messages</c>.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <exception cref="BadInputException">It has another form.</exception>
    public static ChatConversation FromJson(JsonElement json, string place = "") => ChatJson.Conversation(json, place);

    private static string Why(EncodedChat encoded) => encoded.CutAnswers.Count == 0 ? ""
        : $": it has {encoded.Ids.Count + encoded.CutCount} tokens, and its answers lie beyond the {encoded.Ids.Count} of the maximum length. Leave it out, or choose a longer one";

    private static IEnumerable<ChatConversation> Conversations(CorpusFile file, CorpusOptions options, string path)
    {
        var count = 0;
        foreach (var line in JsonLines.Objects(file, options))
        {
            count++;
            yield return ChatJson.Conversation(line.Root, line.Place);
        }
        if (count == 0)
        {
            throw new BadInputException($"{path} holds no conversations.");
        }
    }
}
