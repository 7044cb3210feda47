namespace Plinth.Core;

/// <summary>
/// What turns raw samples of a modality into what a model reads, and travels with its checkpoint: the tokenizer of a text model, the
/// image processor of a vision model.
/// </summary>
public interface IProcessor
{
    /// <summary>Writes its files into a checkpoint's folder.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    void Save(string folder);
}
