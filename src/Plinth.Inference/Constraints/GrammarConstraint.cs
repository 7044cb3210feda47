using Plinth.Inference.Constraints.Grammar;

namespace Plinth.Inference.Constraints;

/// <summary>Keeps an output within a grammar over bytes. What tokens a place allows is computed once and kept.</summary>
internal sealed class GrammarConstraint(Rule root, TokenAlphabet alphabet) : TokenConstraint
{
    private readonly TokenMasks masks = new(alphabet);

    public override ConstraintProgress Begin() => new Progress(root, alphabet, masks);

    private sealed class Progress : ConstraintProgress
    {
        private readonly TokenAlphabet alphabet;
        private readonly TokenMasks masks;
        private Stand stand = new(), next = new();

        public Progress(Rule root, TokenAlphabet alphabet, TokenMasks masks)
        {
            (this.alphabet, this.masks) = (alphabet, masks);
            root.Enter(null, stand);
        }

        public override bool IsComplete => stand.IsComplete;

        // A number may be unable to grow although nothing closes it.
        public override bool IsFinished => stand.IsComplete && masks.Of(stand).All(mask => mask.Cheapest >= TokenAlphabet.Unreachable);

        public override void Allow(Span<bool> allowed, int remaining)
        {
            var found = masks.Of(stand);
            // Every token leaves one place less.
            var cheapest = found.Count == 0 ? TokenAlphabet.Unreachable : found.Min(mask => mask.Cheapest);
            var most = Math.Max(remaining - 1, cheapest);
            foreach (var mask in found)
            {
                mask.Allow(allowed, most);
            }
        }

        public override void Append(int id)
        {
            if (!alphabet.Spelling.TryGetValue(id, out var bytes))
            {
                throw new ArgumentException($"The token {id} was not allowed here.", nameof(id));
            }

            foreach (var value in bytes)
            {
                stand.Step(value, next);
                (stand, next) = (next, stand);
            }

            if (stand.IsEmpty)
            {
                throw new ArgumentException($"The token {id} was not allowed here.", nameof(id));
            }
        }
    }
}
