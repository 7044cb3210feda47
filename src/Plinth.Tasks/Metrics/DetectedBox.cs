using Plinth.Core;

namespace Plinth.Tasks.Metrics;

/// <summary>A thing that a picture shows.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Box">Where it is.</param>
/// <param name="IsCrowd">Whether it is many things in one box: finding them is neither right nor wrong.</param>
public readonly record struct ExpectedBox(int Class, Box Box, bool IsCrowd = false);

/// <summary>A thing that a model claims to see.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the model is; higher is surer.</param>
public readonly record struct DetectedBox(int Class, Box Box, double Score);
