using System.Text.Json.Nodes;

namespace Plinth.Core.Checkpoints;

/// <summary>Checkpoints of an architecture that another library wrote: they are read, and saved in the usual form.</summary>
/// <param name="Name">The library, for messages.</param>
/// <param name="Fits">Whether a config.json without <c>model_type</c> is of this form.</param>
/// <param name="Translate">Given such a config.json and its file's name, the config in the usual form.</param>
/// <param name="Keys">Weight names.</param>
public sealed record ForeignForm(string Name, Func<JsonObject, bool> Fits, Func<JsonObject, string, JsonObject> Translate, KeyMap Keys);
