using System.Text.Json.Nodes;

namespace Plinth.Data.Formats;

/// <summary>One record of a file, whatever its form.</summary>
/// <param name="Fields">Its fields by name, in the order of the file.</param>
/// <param name="Place">File and line, for messages.</param>
/// <param name="IsText">Whether every field is text, as in a table; a list is then one field with separators in it.</param>
public sealed record DataRow(JsonObject Fields, string Place, bool IsText = false);
