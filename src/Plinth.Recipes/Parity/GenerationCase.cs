namespace Plinth.Recipes.Parity;
internal static class GenerationCase { public static void Compare(ParityCase p, Plinth.Core.Model m) { } }
internal static partial class NumericCase { private static void LogitsProcessors(ParityCase p) { } }
