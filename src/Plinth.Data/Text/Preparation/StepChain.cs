namespace Plinth.Data.Text.Preparation;

/// <summary>A document that all steps have looked at, and what became of it in each.</summary>
internal sealed class ExaminedDraft(Draft draft, int stepCount)
{
    public Draft Draft { get; } = draft;

    /// <summary>Characters of the text when a step got it, and after the last one; as far as it came.</summary>
    public int[] Lengths { get; } = new int[stepCount + 1];

    /// <summary>What each step did to it.</summary>
    public IReadOnlyDictionary<string, int>?[] Counts { get; } = new IReadOnlyDictionary<string, int>?[stepCount];

    /// <summary>The step that left it out, or the number of steps.</summary>
    public int RejectedAt { get; set; } = stepCount;

    public bool IsKept => Draft.Rejection is null;
}

/// <summary>
/// The steps at work. What does not depend on other documents is done first and side by side, also in steps behind those that do; these then
/// decide in the order of the input, on documents that no step before them has left out. So it comes out as if one step followed the other.
/// </summary>
/// <param name="works">The work of each step, in order.</param>
internal sealed class StepChain(IReadOnlyList<StepWork> works)
{
    /// <summary>Looks at one document; called from several threads at once.</summary>
    public ExaminedDraft Examine(Document document)
    {
        var draft = new Draft(document);
        var examined = new ExaminedDraft(draft, works.Count);
        for (var i = 0; i < works.Count; i++)
        {
            examined.Lengths[i] = draft.Text.Length;
            works[i].Examine(draft);
            examined.Counts[i] = draft.TakeCounts();
            if (draft.Rejection is not null)
            {
                examined.RejectedAt = i;
                return examined;
            }
        }

        examined.Lengths[^1] = draft.Text.Length;
        return examined;
    }

    /// <summary>Lets the steps that depend on the order decide on the next document.</summary>
    public void Decide(ExaminedDraft examined)
    {
        var draft = examined.Draft;
        for (var i = 0; i < examined.RejectedAt; i++)
        {
            if (!works[i].DependsOnOrder)
            {
                continue;
            }

            // A step further on may have left it out already; this one comes first.
            var later = draft.Rejection;
            draft.Rejection = null;
            works[i].Decide(draft);
            if (draft.Rejection is not null)
            {
                examined.RejectedAt = i;
                return;
            }

            draft.Rejection = later;
        }
    }

    /// <summary>Writes what the steps have remembered since it was last written.</summary>
    public void Save(BinaryWriter writer)
    {
        foreach (var work in works.Where(work => work.DependsOnOrder))
        {
            work.Save(writer);
        }
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    public void Restore(BinaryReader reader)
    {
        foreach (var work in works.Where(work => work.DependsOnOrder))
        {
            work.Restore(reader);
        }
    }
}
