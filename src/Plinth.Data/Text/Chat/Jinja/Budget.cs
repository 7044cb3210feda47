using System.Runtime.CompilerServices;

namespace Plinth.Data.Text.Chat;

/// <summary>What is left of the limits of one rendering. Whatever makes a text or a list asks here before it allocates.</summary>
internal sealed class Budget(TemplateLimits limits)
{
    private readonly long started = Environment.TickCount64;
    private long steps, characters, nextLook = 512, allowance;
    private int depth;

    /// <summary>Long messages may make long texts.</summary>
    public void Allow(long inputCharacters) => allowance += 32 * inputCharacters;

    public void Step(long count = 1)
    {
        steps += count;
        if (steps < nextLook)
        {
            return;
        }

        nextLook = steps + 512;
        if (steps > limits.Steps + allowance)
        {
            throw new TemplateException($"the template ran for more than {limits.Steps:N0} steps. It loops too long or does not end.");
        }

        if (Environment.TickCount64 - started > limits.Time.TotalMilliseconds)
        {
            throw new TemplateException($"the template ran for longer than {limits.Time.TotalSeconds:0.##} seconds.");
        }
    }

    /// <summary>Before a text of that length is made.</summary>
    public void Reserve(long length)
    {
        characters += length;
        if (length < 0 || characters > limits.Characters + allowance)
        {
            throw new TemplateException($"the template makes more than {limits.Characters:N0} characters of text.");
        }

        Scan(length);
    }

    /// <summary>Before a text of that length is looked through.</summary>
    public void Scan(long length) => Step(1 + (length >> 7));

    public string Made(string text)
    {
        Reserve(text.Length);
        return text;
    }

    public void Enter()
    {
        if (++depth > limits.Depth)
        {
            throw new TemplateException($"macros or loops call each other more than {limits.Depth} deep.");
        }
    }

    public void Leave() => depth--;

    public static void CheckStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateException("values or expressions are nested too deeply.");
        }
    }
}
