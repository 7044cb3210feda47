using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Data.Text.Preparation;

/// <summary>How the files of a preparation are written.</summary>
internal static class PreparationJson
{
    public static JsonSerializerOptions Options { get; } = Make(isIndented: false);

    public static JsonSerializerOptions Indented { get; } = Make(isIndented: true);

    /// <summary>What is not known is left out of a line.</summary>
    public static JsonSerializerOptions Lines { get; } = new(Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private static JsonSerializerOptions Make(bool isIndented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
        WriteIndented = isIndented,
        NewLine = "\n",
    };
}
