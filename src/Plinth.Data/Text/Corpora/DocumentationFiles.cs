using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>The XML documentation of the .NET libraries, which every installed SDK carries: real prose with labels of its own.</summary>
public static class DocumentationFiles
{
    /// <summary>Finds the documentation of the running .NET installation, of each reference pack its newest version.</summary>
    /// <exception cref="BadInputException">No installation here holds any; the message lists the folders looked at.</exception>
    public static IReadOnlyList<string> Find()
    {
        var looked = new List<string>();
        foreach (var root in DotnetPacks.Roots())
        {
            if (looked.Contains(root))
            {
                continue;
            }

            looked.Add(root);
            if (DotnetPacks.Files(root) is { Count: > 0 } files)
            {
                return files;
            }
        }

        throw new BadInputException(
            "The XML documentation of the .NET libraries (packs/*/*/ref/*/*.xml) was not found. Install the .NET SDK, set DOTNET_ROOT to where it lies, " +
            $"or give text of your own with --data PATH. Looked in: {string.Join(", ", looked)}.");
    }

    /// <summary>Finds the documentation below the root of one .NET installation.</summary>
    /// <param name="root">The folder that holds <c>packs</c>.</param>
    /// <exception cref="BadInputException">There is none.</exception>
    public static IReadOnlyList<string> Find(string root) => DotnetPacks.Files(root) is { Count: > 0 } files
        ? files
        : throw new BadInputException($"'{root}' holds no XML documentation (packs/*/*/ref/*/*.xml). Is it the root of a .NET SDK?");

    /// <summary>Reads members in the order of the files; of an identifier that occurs again the first is kept.</summary>
    /// <param name="files">Documentation files, for example those found.</param>
    /// <param name="workers">Threads that parse; the result does not depend on it.</param>
    /// <param name="skipped">When given, a file that is not XML documentation is left out and the reason, with file and line, told here.</param>
    /// <exception cref="BadInputException">A file is not XML documentation; the message names file and line.</exception>
    public static IReadOnlyList<DocumentationMember> Read(IReadOnlyList<string> files, int workers = 2, Action<string>? skipped = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        var parsed = new List<DocumentationMember>[files.Count];
        var failures = new BadInputException?[files.Count];
        var next = -1;
        var largestFirst = Enumerable.Range(0, files.Count).OrderByDescending(i => new FileInfo(files[i]) is { Exists: true } f ? f.Length : 0).ToArray();
        Parallel.For(0, Math.Min(workers, Math.Max(files.Count, 1)), _ =>
        {
            for (int turn; (turn = Interlocked.Increment(ref next)) < files.Count;)
            {
                var file = largestFirst[turn];
                try
                {
                    parsed[file] = ReadFile(files[file]);
                }
                catch (BadInputException e)
                {
                    (parsed[file], failures[file]) = ([], e);
                }
            }
        });
        foreach (var failure in failures.OfType<BadInputException>())
        {
            if (skipped is null)
            {
                throw failure;
            }

            skipped(failure.Message);
        }

        var seen = new HashSet<string>();
        return Nesting.Resolve(parsed.SelectMany(members => members).Where(m => seen.Add(m.Id)).ToList());
    }

    /// <summary>Reads members from one stream of XML documentation.</summary>
    /// <param name="stream">The XML; it stays open.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="BadInputException">It is not XML documentation; the message names the line.</exception>
    public static IReadOnlyList<DocumentationMember> Read(Stream stream, string name) => Nesting.Resolve(new DocumentationReader(name).Read(stream));

    private static List<DocumentationMember> ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"There is no documentation file '{path}'.");
        }

        using var stream = CorpusWalk.OpenFile(path);
        return new DocumentationReader(path).Read(stream);
    }

    /// <summary>An identifier does not tell a namespace from a type around a nested one; the set of all types does.</summary>
    private static class Nesting
    {
        public static List<DocumentationMember> Resolve(List<DocumentationMember> members)
        {
            var types = members.Select(m => m.DeclaringType).ToHashSet();
            var outer = types.ToDictionary(t => t, t => Outer(t, types));
            for (var i = 0; i < members.Count; i++)
            {
                var around = outer[members[i].DeclaringType];
                if (around != members[i].OuterType)
                {
                    members[i] = members[i] with { OuterType = around, Namespace = MemberReference.Before(around) };
                }
            }

            return members;
        }

        private static string Outer(string type, HashSet<string> types)
        {
            for (var dot = type.IndexOf('.'); dot >= 0; dot = type.IndexOf('.', dot + 1))
            {
                if (types.TryGetValue(type[..dot], out var around))
                {
                    return around;
                }
            }

            return type;
        }
    }
}
