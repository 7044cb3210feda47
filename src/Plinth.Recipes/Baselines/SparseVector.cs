namespace Plinth.Recipes.Baselines;

/// <summary>A vector that is zero but for a few places.</summary>
/// <param name="Indices">Ascending.</param>
/// <param name="Values">One for each index.</param>
internal readonly record struct SparseVector(int[] Indices, float[] Values)
{
    /// <summary>The vector of these features, those that stand twice added up.</summary>
    public static SparseVector From(IReadOnlyDictionary<int, float> values)
    {
        var indices = values.Keys.ToArray();
        Array.Sort(indices);
        return new(indices, Array.ConvertAll(indices, index => values[index]));
    }

    public double Dot(float[] weights)
    {
        var sum = 0.0;
        for (var i = 0; i < Indices.Length; i++)
        {
            sum += weights[Indices[i]] * Values[i];
        }
        return sum;
    }
}
