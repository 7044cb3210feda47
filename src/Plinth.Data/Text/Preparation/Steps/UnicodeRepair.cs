namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Repairs what went wrong with characters: UTF-8 that was read as Windows-1252, control and zero-width characters, odd blanks and
/// line ends, and brings the text into Unicode's composed form (NFC).
/// </summary>
public sealed record UnicodeRepair : PreparationStep
{
    /// <summary>Whether UTF-8 that was read as Windows-1252 or Latin-1 is read again, where that can mean nothing else (as ftfy does, Speer 2019, doi:10.5281/zenodo.2591652).</summary>
    public bool RepairsEncoding { get; init; } = true;

    /// <summary>Whether control and zero-width characters go, line ends become one line feed and all blanks the ordinary one.</summary>
    public bool CleansCharacters { get; init; } = true;

    /// <summary>Whether characters and their accents become one character where there is one (NFC, Unicode Annex 15).</summary>
    public bool Composes { get; init; } = true;

    /// <inheritdoc />
    public override StepWork Open() => new PlainWork(Repair);

    private void Repair(Draft draft)
    {
        var text = draft.Text;
        text = Change(draft, "encoding", RepairsEncoding, text, Mojibake.Repair);
        text = Change(draft, "characters", CleansCharacters, text, PlainCharacters.Clean);
        text = Change(draft, "composed", Composes, text, ComposedForm.Of);
        draft.Text = text;
        if (string.IsNullOrWhiteSpace(text))
        {
            draft.Reject("empty", "Nothing is left of the text.");
        }
    }

    private static string Change(Draft draft, string what, bool isWanted, string text, Func<string, string> change)
    {
        if (!isWanted)
        {
            return text;
        }

        var changed = change(text);
        draft.Count(what, string.Equals(changed, text, StringComparison.Ordinal) ? 0 : 1);
        return changed;
    }
}
