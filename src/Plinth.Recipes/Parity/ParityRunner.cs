using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Compares folders in the form of the parity cases with what is computed here.</summary>
public static class ParityRunner
{
    /// <summary>Compares cases one by one.</summary>
    /// <param name="folders">Cases, or folders whose subfolders are cases.</param>
    /// <param name="dumpPath">Where to write what was computed, or null.</param>
    /// <param name="cancellation">Stops between cases.</param>
    /// <exception cref="BadInputException">A folder does not exist or holds no case.</exception>
    public static IEnumerable<ParityResult> Run(IReadOnlyList<string> folders, string? dumpPath = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return Compare([.. folders.SelectMany(Cases)], dumpPath, cancellation);
    }

    /// <summary>Compares one case.</summary>
    /// <param name="folder">The case.</param>
    public static ParityResult RunOne(string folder) => Compare(folder, null);

    private static IEnumerable<ParityResult> Compare(List<string> cases, string? dumpPath, CancellationToken cancellation)
    {
        var dump = dumpPath is null ? null : new List<KeyValuePair<string, Tensor>>();
        try
        {
            foreach (var folder in cases)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return Compare(folder, dump);
            }

            if (dump is not null)
            {
                SafetensorsWriter.Write(dumpPath!, dump);
            }
        }
        finally
        {
            dump?.ForEach(entry => entry.Value.Dispose());
        }
    }

    private static ParityResult Compare(string folder, List<KeyValuePair<string, Tensor>>? dump)
    {
        var name = ParityCase.NameOf(folder);
        using var scope = NewDisposeScope();
        try
        {
            var parity = new ParityCase(folder, dump);
            Compare(parity);
            if (parity.Checks.Count == 0)
            {
                return new(name, ParityVerdict.Refused, [], "refused: nothing in it could be compared");
            }

            var isEqual = parity.Checks.All(check => check.IsEqual);
            return new(name, isEqual ? ParityVerdict.Equal : ParityVerdict.Different, parity.Checks, isEqual ? "" : ModelCase.FirstDrift(parity));
        }
        catch (PlinthException error)
        {
            return new(name, ParityVerdict.Refused, [], "refused: " + error.Message);
        }
    }

    private static void Compare(ParityCase parity)
    {
        if (TokenizerCase.Is(parity))
        {
            TokenizerCase.Compare(parity);
            return;
        }

        if (NumericCase.Is(parity))
        {
            NumericCase.Compare(parity);
            return;
        }

        var (model, _) = ModelCase.Load(parity);
        using (model)
        {
            if (AdapterCase.Is(parity))
            {
                AdapterCase.Compare(parity, model);
                return;
            }

            ModelCase.CompareOutputs(parity, model);
            GenerationCase.Compare(parity, model);
            TrainingCase.Compare(parity, model);
        }
    }

    private static IEnumerable<string> Cases(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new BadInputException($"{folder} does not exist. Name a folder with a parity case, or one that holds such folders.");
        }

        var here = WithCertificate(folder).ToList();
        if (here.Count > 0)
        {
            return here;
        }

        var inside = Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(WithCertificate).ToList();
        return inside.Count > 0
            ? inside
            : throw new BadInputException($"{folder} holds no parity case: neither it nor a folder in it has expected.safetensors or expected.json, and no checkpoint there carries a certificate (plinth parity --certify makes one).");
    }

    private static IEnumerable<string> WithCertificate(string folder) =>
        ((string[])[folder, Path.Combine(folder, Certificate.FolderName)]).Where(IsCase);

    private static bool IsCase(string folder) =>
        File.Exists(Path.Combine(folder, "expected.safetensors")) || File.Exists(Path.Combine(folder, "expected.json"));
}
