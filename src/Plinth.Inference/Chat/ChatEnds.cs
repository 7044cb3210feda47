using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;

namespace Plinth.Inference.Chat;

/// <summary>What ends an answer: the ids that checkpoint and tokenizer name, and the mark that the template writes after an answer.</summary>
/// <param name="Ids">End tokens.</param>
/// <param name="Texts">A mark that is ordinary text.</param>
internal sealed record ChatEnds(IReadOnlyList<int> Ids, IReadOnlyList<string> Texts)
{
    // Private-use characters, which no template trims or parses.
    private const string Probe = "\uE0F3\uE0F1\uE0F2";

    public static ChatEnds Find(Model model, Tokenizer tokenizer, ChatTemplate template, IReadOnlyList<int>? configured)
    {
        HashSet<int> ids = [.. configured ?? [], .. model.Config.EndIds];
        if (tokenizer.EndId is { } end)
        {
            ids.Add(end);
        }

        List<string> texts = [];
        if (MarkOf(template) is { Length: > 0 } mark)
        {
            var special = tokenizer.EncodeIds(mark).Where(tokenizer.SpecialIds.Contains).ToList();
            ids.UnionWith(special);
            if (special.Count == 0)
            {
                texts.Add(mark);
            }
        }

        return new([.. ids.Where(id => id >= 0 && id < model.Config.VocabSize).Order()], texts);
    }

    private static string? MarkOf(ChatTemplate template)
    {
        try
        {
            var rendered = template.RenderForTraining(new([new("user", "?"), new("assistant", Probe)]));
            var answer = rendered.Assistant.Count > 0 ? rendered.Assistant[^1].Span : default;
            var place = rendered.Text.IndexOf(Probe, StringComparison.Ordinal) + Probe.Length;
            return place >= Probe.Length && place <= answer.End ? rendered.Text[place..answer.End].Trim() : null;
        }
        catch (TemplateException)
        {
            // A template that refuses so plain a conversation says nothing about ends.
            return null;
        }
    }
}
