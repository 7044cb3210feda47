using System.Text;
using System.Text.Json;

namespace Plinth.Data.Text.Preparation;

/// <summary>What personal data is looked for.</summary>
public enum PersonalDataKind
{
    /// <summary>An e-mail address.</summary>
    EMail,

    /// <summary>An international bank account number whose check digits hold (ISO 13616, modulo 97).</summary>
    Iban,

    /// <summary>A number of a payment card of 13 to 19 digits whose check digit holds (Luhn).</summary>
    CreditCard,

    /// <summary>An address of the internet protocol, version 4 or 6.</summary>
    IpAddress,

    /// <summary>A telephone number: with a plus and the country, or in groups of digits as they are written.</summary>
    Phone,
}

/// <summary>Replaces personal data by placeholders. It is no part of the default steps; what patterns cannot tell, such as names and addresses, stays.</summary>
public sealed record PersonalData : PreparationStep
{
    /// <summary>What is replaced.</summary>
    public IReadOnlyList<PersonalDataKind> Kinds { get; init; } =
        [PersonalDataKind.EMail, PersonalDataKind.Iban, PersonalDataKind.CreditCard, PersonalDataKind.IpAddress, PersonalDataKind.Phone];

    /// <summary>What stands in its place, with <c>{kind}</c> for the kind in capitals, such as <c>E_MAIL</c>.</summary>
    public string Placeholder { get; init; } = "<{kind}>";

    /// <inheritdoc />
    public override StepWork Open()
    {
        Require(Kinds.Count > 0, $"{Name}: kinds is empty; leave the step out instead.");
        // The most telling first: a card's number also looks like a telephone's.
        var kinds = Kinds.Distinct().Order().ToArray();
        return new PlainWork(draft => Replace(draft, kinds));
    }

    private void Replace(Draft draft, PersonalDataKind[] kinds)
    {
        foreach (var kind in kinds)
        {
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
            var placeholder = Placeholder.Replace("{kind}", name.ToUpperInvariant(), StringComparison.Ordinal);
            (draft.Text, var times) = Replace(draft.Text, kind, placeholder);
            draft.Count(name, times);
        }
    }
    private static (string Text, int Times) Replace(string text, PersonalDataKind kind, string placeholder)
    {
        var pattern = PersonalDataPatterns.Of(kind);
        var replaced = new StringBuilder();
        var (copied, times) = (0, 0);
        for (var match = pattern.Match(text); match.Success;)
        {
            var length = PersonalDataPatterns.LengthOf(kind, match.ValueSpan);
            var end = match.Index + (length > 0 ? length : match.Length);
            if (length > 0)
            {
                replaced.Append(text, copied, match.Index - copied).Append(placeholder);
                (copied, times) = (end, times + 1);
            }

            match = pattern.Match(text, end);
        }

        return times == 0 ? (text, 0) : (replaced.Append(text, copied, text.Length - copied).ToString(), times);
    }
}
