using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Samples with the names of their classes.</summary>
/// <param name="Samples">In the order of the file.</param>
/// <param name="LabelNames">The name of each class number; empty when there are no classes.</param>
public sealed record SampleSet(IReadOnlyList<TextSample> Samples, IReadOnlyList<string> LabelNames);
