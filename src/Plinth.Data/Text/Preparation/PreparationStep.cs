using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plinth.Data.Text.Preparation;

/// <summary>One step of a preparation. Its properties are its options; its name in recipes is that of the record, in snake case.</summary>
public abstract record PreparationStep
{
    /// <summary>Its name in recipes and reports, such as <c>near_duplicates</c>.</summary>
    [JsonIgnore]
    public string Name => NameOf(GetType());

    /// <summary>Its options as JSON, every default spelled out.</summary>
    [JsonIgnore]
    public JsonElement Options => JsonSerializer.SerializeToElement(this, GetType(), PreparationJson.Options);

    /// <summary>Checks the options, reads what the step needs and gives what does its work.</summary>
    /// <exception cref="Core.RecipeException">An option is impossible.</exception>
    /// <exception cref="Core.BadInputException">A file that it names cannot be used.</exception>
    public abstract StepWork Open();

    internal static string NameOf(Type type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);

    private protected static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new Core.RecipeException(message);
        }
    }
}

/// <summary>What does the work of a step in one preparation.</summary>
public abstract class StepWork
{
    /// <summary>Whether what happens to a document depends on those before it, so that <see cref="Decide"/> must be asked.</summary>
    public virtual bool DependsOnOrder => false;

    /// <summary>Says which content the files of the step have, so that a preparation does not go on with others; empty where it reads none.</summary>
    public virtual string InputHash => "";

    /// <summary>Looks at one document, changes or rejects it. Called from several threads at once, in any order.</summary>
    public abstract void Examine(Draft draft);

    /// <summary>Decides on one document in the order of the input, on one thread; for steps that depend on it.</summary>
    public virtual void Decide(Draft draft)
    {
    }

    /// <summary>Writes what was remembered since it was last written.</summary>
    public virtual void Save(BinaryWriter writer)
    {
    }

    /// <summary>Takes back what <see cref="Save"/> wrote; called once for each time, in the same order.</summary>
    public virtual void Restore(BinaryReader reader)
    {
    }
}

/// <summary>The work of a step that looks at each document by itself and remembers nothing.</summary>
/// <param name="examine">Looks at one document; called from several threads at once.</param>
public sealed class PlainWork(Action<Draft> examine) : StepWork
{
    /// <inheritdoc />
    public override void Examine(Draft draft) => examine(draft);
}
