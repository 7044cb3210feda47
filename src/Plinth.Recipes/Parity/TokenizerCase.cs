namespace Plinth.Recipes.Parity;
internal static class TokenizerCase { public static bool Is(ParityCase p) => false; public static void Compare(ParityCase p) { } }
