using Plinth.Core;

namespace Plinth.Data.Text.Preparation;

/// <summary>A step that recipes can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The record of its options.</param>
public sealed record StepEntry(string Name, Type Type);

/// <summary>The shelf of steps.</summary>
public static class StepCatalog
{
    /// <summary>All steps by name.</summary>
    public static Catalog<StepEntry> Steps { get; } = new(
        "step of a preparation",
        [
            Of<UnicodeRepair>(), Of<LengthLimits>(), Of<LanguageFilter>(), Of<GopherQuality>(), Of<GopherRepetition>(), Of<C4Rules>(),
            Of<ExactDuplicates>(), Of<NearDuplicates>(), Of<Decontamination>(), Of<PersonalData>(),
        ],
        entry => entry.Name);

    /// <summary>The steps of a preparation that names none, in their order: they suit any language and take nothing out but rubbish and copies.</summary>
    public static IReadOnlyList<PreparationStep> Defaults =>
        [new UnicodeRepair(), new LengthLimits(), new LanguageFilter(), new GopherQuality(), new GopherRepetition(), new ExactDuplicates(), new NearDuplicates()];

    private static StepEntry Of<T>() where T : PreparationStep => new(PreparationStep.NameOf(typeof(T)), typeof(T));
}
