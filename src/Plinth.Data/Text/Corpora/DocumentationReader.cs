using System.Xml;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads one XML documentation file. Entities and document types are refused; depth and lengths are bounded.</summary>
internal sealed class DocumentationReader(string name)
{
    private const int DeepestElement = 64;
    private const int LongestSection = 1 << 20;
    private const long LargestFile = 1L << 30;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = LargestFile,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        CloseInput = false,
    };

    private readonly Dictionary<string, TextPiece> mentions = [];
    private readonly Dictionary<string, string> names = [];
    private readonly RunningTextBuilder builder = new();

    /// <summary>The name of the first element, where that is another than that of such files.</summary>
    public string? ForeignRoot { get; private set; }

    /// <summary>Members with text; namespaces are left out. Types around them are not resolved yet.</summary>
    /// <exception cref="BadInputException">It is not such a file; the message names file and line.</exception>
    public List<DocumentationMember> Read(Stream stream)
    {
        XmlReader? reader = null;
        try
        {
            reader = XmlReader.Create(stream, Settings);
            if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "doc")
            {
                ForeignRoot = reader.LocalName;
                throw Bad(reader, $"the first element of XML documentation is <doc>, found <{reader.LocalName}>");
            }

            var members = new List<DocumentationMember>();
            while (reader.ReadToFollowing("member"))
            {
                if (Member(reader) is { IsEmpty: false } member)
                {
                    members.Add(member);
                }
            }

            return members;
        }
        catch (XmlException e)
        {
            // What the settings forbid is thrown without a line.
            var line = e.LineNumber > 0 ? e.LineNumber : reader is IXmlLineInfo { LineNumber: > 0 } place ? place.LineNumber : 1;
            throw new BadInputException($"{name}:{line} is not well-formed XML documentation: {e.Message}", e);
        }
        finally
        {
            reader?.Dispose();
        }
    }

    private DocumentationMember? Member(XmlReader reader)
    {
        var member = Identify(reader.GetAttribute("name") ?? "");
        if (member is null || reader.IsEmptyElement)
        {
            return null;
        }

        List<NamedText> parameters = [], exceptions = [];
        foreach (var section in Children(reader))
        {
            switch (section)
            {
                case "summary": member = member with { Summary = First(member.Summary, Section(reader)) }; break;
                case "remarks" or "remark": member = member with { Remarks = First(member.Remarks, Section(reader)) }; break;
                case "returns" or "return" or "value": member = member with { Returns = First(member.Returns, Section(reader)) }; break;
                case "example": member = member with { Example = First(member.Example, Section(reader)) }; break;
                case "param" or "typeparam": Named(reader, "name", parameters); break;
                case "exception": Named(reader, "cref", exceptions); break;
                default: break;
            }
        }

        return member with { Params = parameters.ToArray(), Exceptions = exceptions.ToArray() };
    }

    private static RunningText First(RunningText first, RunningText second) => first.IsEmpty ? second : first;

    private void Named(XmlReader reader, string attribute, List<NamedText> list)
    {
        var key = reader.GetAttribute(attribute) ?? "";
        key = attribute == "cref" ? Mention(key).Text : key.Trim();
        if (Section(reader) is { IsEmpty: false } text && key.Length > 0)
        {
            list.Add(new(key, text));
        }
    }

    private RunningText Section(XmlReader reader)
    {
        Inline(reader);
        return builder.Take();
    }

    /// <summary>Adds what stands inside the current element, whose end is then the current node.</summary>
    private void Inline(XmlReader reader)
    {
        foreach (var element in Content(reader))
        {
            switch (element)
            {
                case "see" or "seealso" or "xref": See(reader); break;
                case "paramref" or "typeparamref": builder.Add((reader.GetAttribute("name") ?? "").Trim(), MentionKind.Parameter); break;
                case "code" or "c": Code(reader); break;
                case "a" or "b" or "i" or "em" or "strong" or "sup" or "sub": Inline(reader); break;
                case "item" or "li": Block(reader, "- "); break;
                case "term": Block(reader, ""); builder.Attach(":"); break;
                case "listheader" or "script" or "format": break;
                default: Block(reader, ""); break;
            }
        }
    }

    private void Block(XmlReader reader, string before)
    {
        builder.Break();
        builder.Add(before);
        Inline(reader);
        builder.Break();
    }

    private void See(XmlReader reader)
    {
        var word = reader.GetAttribute("langword") ?? reader.GetAttribute("langref");
        var target = reader.GetAttribute("cref") ?? reader.GetAttribute("uid");
        var shown = Words(reader);
        if (word is not null)
        {
            builder.Add(shown.Length > 0 ? shown : word.Trim(), MentionKind.Keyword);
        }
        else if (target is not null)
        {
            var mention = Mention(target);
            builder.Add(shown.Length > 0 ? shown : mention.Text, mention.Kind);
        }
        else
        {
            builder.Add(shown);
        }
    }

    /// <summary>Some documentation writes references as code with the kind in an attribute.</summary>
    private void Code(XmlReader reader)
    {
        var kind = reader.GetAttribute("data-dev-comment-type") switch
        {
            "paramref" or "typeparamref" => MentionKind.Parameter,
            "langword" => MentionKind.Keyword,
            _ => MentionKind.None,
        };
        if (kind == MentionKind.None)
        {
            Inline(reader);
        }
        else
        {
            builder.Add(Words(reader), kind);
        }
    }

    /// <summary>The text inside an element, white space normalised.</summary>
    private string Words(XmlReader reader)
    {
        var words = new RunningTextBuilder();
        Collect();
        return words.Take().Text;

        void Collect()
        {
            foreach (var _ in Content(reader, words))
            {
                Collect();
            }
        }
    }

    private TextPiece Mention(string reference)
    {
        if (!mentions.TryGetValue(reference, out var mention))
        {
            mentions[reference] = mention = MemberReference.Mention(reference.Trim());
        }

        return mention;
    }

    /// <summary>Names of child elements; what the caller leaves unread of one is passed over.</summary>
    private IEnumerable<string> Children(XmlReader reader) => Content(reader, null);

    private IEnumerable<string> Content(XmlReader reader) => Content(reader, builder);

    private IEnumerable<string> Content(XmlReader reader, RunningTextBuilder? text)
    {
        if (reader.IsEmptyElement)
        {
            yield break;
        }

        var depth = reader.Depth;
        if (depth > DeepestElement)
        {
            throw Bad(reader, $"elements are nested more than {DeepestElement} deep");
        }

        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                yield return reader.LocalName;
                PassOver(reader, depth + 1);
            }
            else if (text is not null && reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
            {
                text!.Add(reader.Value);
                if (text.Length > LongestSection)
                {
                    throw Bad(reader, $"a section is longer than {LongestSection:N0} characters");
                }
            }
        }
    }

    /// <summary>Stands on the end of the element at <paramref name="depth"/> afterwards, whatever has been read of it.</summary>
    private static void PassOver(XmlReader reader, int depth)
    {
        if (reader.NodeType == XmlNodeType.Element && reader.Depth == depth && reader.IsEmptyElement)
        {
            return;
        }

        while (!(reader.Depth == depth && reader.NodeType == XmlNodeType.EndElement) && reader.Read())
        {
        }
    }

    private BadInputException Bad(XmlReader reader, string what) =>
        new($"{name}:{((IXmlLineInfo)reader).LineNumber} cannot be read as XML documentation: {what}.");

    private DocumentationMember? Identify(string id)
    {
        MemberKind? kind = id.Length < 3 || id[1] != ':' ? null : id[0] switch
        {
            'T' => MemberKind.Type,
            'M' => MemberKind.Method,
            'P' => MemberKind.Property,
            'F' => MemberKind.Field,
            'E' => MemberKind.Event,
            _ => null,
        };
        var path = MemberReference.Path(id);
        var type = kind == MemberKind.Type ? path : MemberReference.Before(path);
        if (kind is null || type.Length == 0 || path.EndsWith('.'))
        {
            return null;
        }

        var last = MemberReference.Last(path);
        var constructor = MemberReference.IsConstructor(last);
        var shown = Mention(id).Text;
        type = Interned(type);
        return new()
        {
            Id = id,
            Kind = kind.Value,
            DeclaringType = type,
            OuterType = type,
            Namespace = Interned(MemberReference.Before(type)),
            Name = Interned(MemberReference.SimpleName(constructor ? MemberReference.Last(type) : last)),
            IsConstructor = constructor,
            DisplayName = shown,
        };
    }

    private string Interned(string value) => names.TryGetValue(value, out var known) ? known : names[value] = value;
}
