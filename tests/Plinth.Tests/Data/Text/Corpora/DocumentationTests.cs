using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text.Corpora;

public sealed class DocumentationTests
{
    private const string Sample = """
        <?xml version="1.0"?>
        <doc>
          <assembly><name>Acme</name></assembly>
          <members>
            <member name="N:Acme.Tools"><summary>A namespace.</summary></member>
            <member name="T:Acme.Tools.Net.Box`1">
              <summary>Holds a <typeparamref name="T" />, unlike <see cref="T:System.String" />s.</summary>
              <typeparam name="T">What it holds.</typeparam>
            </member>
            <member name="M:Acme.Tools.Net.Box`1.#ctor(System.Int32)">
              <summary>Initializes a new <see cref="T:Acme.Tools.Net.Box`1" />.</summary>
              <param name="size">The size.</param>
            </member>
            <member name="M:Acme.Tools.Net.Box`1.Put(System.String,System.Int32)">
              <summary>Puts <paramref name="item" /> in; see <see cref="M:Acme.Tools.Net.Box`1.Take" />.</summary>
              <remarks><para>First.</para><para>Use <see langword="null" /> or <c>x &lt; y</c>.</para></remarks>
              <param name="item">The
                 item.</param>
              <returns><see langword="true" /> if <paramref name="item" /> fits; otherwise, <see langword="false" />.</returns>
              <exception cref="T:System.ArgumentException">No room.</exception>
            </member>
            <member name="P:Acme.Tools.Net.Box`1.Inner.Count"><summary>Gets the count.</summary><value>A number.</value></member>
            <member name="T:Acme.Tools.Net.Box`1.Inner"><summary>Nested.</summary></member>
            <member name="F:Acme.Tools.Net.Box`1.limit"><summary>The limit.</summary></member>
            <member name="E:Acme.Tools.Net.Box`1.Filled"><summary>Occurs when full.</summary></member>
            <member name="M:Acme.Tools.Net.Box`1.Silent" />
            <member name="nonsense"><summary>Not an identifier.</summary></member>
          </members>
        </doc>
        """;

    [Fact]
    public void Members_are_known_by_kind_name_type_and_namespace()
    {
        var members = Read(Sample);
        Assert.Equal(
            ["Type Box Acme.Tools.Net.Box`1", "Method Box Acme.Tools.Net.Box`1", "Method Put Acme.Tools.Net.Box`1", "Property Count Acme.Tools.Net.Box`1.Inner", "Type Inner Acme.Tools.Net.Box`1.Inner", "Field limit Acme.Tools.Net.Box`1", "Event Filled Acme.Tools.Net.Box`1"],
            members.Select(m => $"{m.Kind} {m.Name} {m.DeclaringType}"));
        Assert.All(members, m => Assert.Equal(("Acme.Tools.Net.Box`1", "Acme.Tools.Net", "Acme.Tools"), (m.OuterType, m.Namespace, m.Area)));
        Assert.True(members[1].IsConstructor);
        Assert.Equal("Box<T>.Put", members[2].DisplayName);
    }

    [Fact]
    public void Parts_read_as_running_text()
    {
        var put = Read(Sample)[2];
        Assert.Equal("Puts item in; see Box<T>.Take.", put.Summary.Text);
        Assert.Equal("First. Use null or x < y.", put.Remarks.Text);
        Assert.Equal("true if item fits; otherwise, false.", put.Returns.Text);
        Assert.Equal(("item", "The item."), (put.Params[0].Name, put.Params[0].Text.Text));
        Assert.Equal(("ArgumentException", "No room."), (put.Exceptions[0].Name, put.Exceptions[0].Text.Text));
    }

    [Fact]
    public void Places_of_mentions_are_exact()
    {
        var members = Read(Sample);
        Assert.Equal(["Parameter T", "Type String"], Shown(members[0].Summary));
        Assert.Equal(["Type Box<T>"], Shown(members[1].Summary));
        Assert.Equal(["Parameter item", "Member Box<T>.Take"], Shown(members[2].Summary));
        Assert.Equal(["Keyword true", "Parameter item", "Keyword false"], Shown(members[2].Returns));

        static IEnumerable<string> Shown(RunningText text) => text.Mentions.Select(m => $"{m.Kind} {text.Text[m.Start..m.End]}");
    }

    [Theory]
    [InlineData("<!DOCTYPE doc [<!ENTITY a 'aaaa'>]><doc><members><member name='T:A.B'><summary>&a;</summary></member></members></doc>", "bad.xml:1")]
    [InlineData("<doc>\n<members>\n<member name='T:A.B'><summary>cut", "bad.xml:3")]
    [InlineData("<html />", "<doc>")]
    [InlineData("", "bad.xml")]
    [InlineData("no xml at all", "bad.xml:1")]
    public void Malformed_and_hostile_files_are_refused_with_their_place(string xml, string place) =>
        Assert.Contains(place, Assert.Throws<BadInputException>(() => Read(xml)).Message, StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var xml = "<doc><members><member name='T:A.B'><summary>" + string.Concat(Enumerable.Repeat("<para>", 100_000));
        Assert.Contains("deep", Assert.Throws<BadInputException>(() => Read(xml)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_give_each_identifier_once_and_skip_what_is_broken_when_asked()
    {
        using var folder = new TestFolder();
        string[] files = [folder.Write("a.xml", Sample), folder.Write("b.xml", Sample), folder.Write("c.xml", "<doc>\n<oops")];
        Assert.Contains("c.xml:2", Assert.Throws<BadInputException>(() => DocumentationFiles.Read(files)).Message, StringComparison.Ordinal);
        var skipped = new List<string>();
        Assert.Equal(7, DocumentationFiles.Read(files, skipped: skipped.Add).Count);
        Assert.Contains("c.xml:2", Assert.Single(skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void Packs_are_found_newest_version_first_and_shared_files_once()
    {
        using var folder = new TestFolder();
        folder.Write("packs/Acme.Ref/9.0.2/ref/net9.0/Acme.xml", "old");
        var kept = folder.Write("packs/Acme.Ref/9.0.10/ref/net9.0/Acme.xml", "newest");
        folder.Write("packs/Zeta.Ref/1.0.0/ref/net9.0/Acme.xml", "newest");
        Assert.Equal([kept], DocumentationFiles.Find(folder.Path));
        Assert.Contains("packs", Assert.Throws<BadInputException>(() => DocumentationFiles.Find(Path.Combine(folder.Path, "packs"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_installed_documentation_is_found_and_read()
    {
        var members = DocumentationFiles.Read(DocumentationFiles.Find());
        Assert.True(members.Count > 10_000, $"{members.Count} members");
        Assert.Equal(5, members.Select(m => m.Kind).Distinct().Count());
        Assert.Equal("String.Trim", members.First(m => m.Id == "M:System.String.Trim").DisplayName);
        Assert.All(members.SelectMany(m => m.Summary.Mentions.Select(s => m.Summary.Text[s.Start..s.End])).Take(50_000), Assert.NotEmpty);
    }

    private static IReadOnlyList<DocumentationMember> Read(string xml)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(xml.TrimStart()));
        return DocumentationFiles.Read(stream, "bad.xml");
    }
}
