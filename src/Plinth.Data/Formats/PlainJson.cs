using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plinth.Data.Formats;

/// <summary>JSON for files and people, not for web pages: letters stay letters.</summary>
internal static class PlainJson
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
