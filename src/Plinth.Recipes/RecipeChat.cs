using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Tasks;

namespace Plinth.Recipes;

/// <summary>Template and tokenizer of recipes that learn from conversations.</summary>
internal static class RecipeChat
{
    /// <summary>What turns the recipe's conversations into tokens, or null when its samples are none.</summary>
    /// <exception cref="RecipeException">The task takes no conversations, or there is no tokenizer or template for them.</exception>
    public static ChatEncoder? Encoder(FinetuningRecipe recipe, object taskOptions)
    {
        if (recipe.Data.Format.Form != SampleForm.Conversations)
        {
            return recipe.Data.Template is null ? null : throw new RecipeException("data.template is for conversations: set data.format.form to conversations.");
        }

        if (recipe.Task.Type != "causal_finetuning")
        {
            throw recipe.Task.Error($"Conversations are learnt by causal_finetuning, not by {recipe.Task.Type}.");
        }

        var source = recipe.Checkpoint ?? recipe.Tokenizer?.Path
            ?? throw new RecipeException("Conversations need a tokenizer that exists: name a 'checkpoint', or 'tokenizer.path' beside 'model'.");
        var tokenizer = TokenizerFiles.Load(source);
        return new(Template(recipe.Data.Template ?? source, tokenizer), tokenizer, new() { MaximumLength = ((TextTaskOptions)taskOptions).MaximumLength });
    }

    /// <summary>Reads a template; one without a tokenizer beside it takes the names of special tokens from the given one.</summary>
    public static ChatTemplate Template(string path, Tokenizer tokenizer)
    {
        var loaded = ChatTemplate.Load(path);
        return loaded.Tokens.Count > 0 ? loaded : loaded.WithTokens(Tokens(tokenizer));
    }

    private static Dictionary<string, string> Tokens(Tokenizer tokenizer)
    {
        (string Name, int? Id)[] roles =
        [
            ("bos_token", tokenizer.BeginId), ("eos_token", tokenizer.EndId), ("unk_token", tokenizer.UnknownId), ("pad_token", tokenizer.PadId),
            ("sep_token", tokenizer.SeparatorId), ("cls_token", tokenizer.ClassId), ("mask_token", tokenizer.MaskId),
        ];
        return roles.Where(role => role.Id is not null).ToDictionary(role => role.Name, role => tokenizer.TokenOf(role.Id!.Value)!, StringComparer.Ordinal);
    }
}
