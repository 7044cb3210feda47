using System.Text.Json.Nodes;
using Plinth.Data.Formats;
using Plinth.Export.Gguf;
using Plinth.Tests.Data.Text.Corpora;
using Plinth.Tests.Data.Vision;
using static TorchSharp.torch;

namespace Plinth.Tests.Fuzzing;

/// <summary>Tiny files that are as they should be.</summary>
internal static class SoundFiles
{
    public static byte[] Text => "\uFEFFone\r\nmore é 😀\r\n\r\n  \ntwo\n"u8.ToArray();

    public static byte[] JsonLines => """
        {"text":"one \u00e9 \ud83d\ude00","license":"MIT","source":"a","n":[1,{"b":null}]}

        {"text":"two","url":"https://a.example"}
        """u8.ToArray();

    public static byte[] Page => """
        <!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>T &amp; t</title><link rel="license" href="https://x.example/l"><script>if (a < b) "</b>"</script></head>
        <body><nav><a href="/">Home</a></nav><h1>Head</h1><p>One <b>two</b>&nbsp;&eacute;<br>three<table><tr><td>a<td>b</table><pre>  x
          y</pre><svg><title>s</title></svg><div hidden>no</div></body></html>
        """u8.ToArray();

    public static byte[] CrawledTexts => Warc("conversion", "text/plain", "Eins zwei\ndrei");

    public static byte[] Crawl =>
    [
        .. Warc("warcinfo", "application/warc-fields", "software: x\r\n"),
        .. Warc("response", "application/http; msgtype=response", "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=iso-8859-1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<p>one\r\n9\r\n two</p>\n\r\n0\r\n\r\n"),
        .. Warc("response", "application/http", [.. "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n"u8, .. Packed.Gzip("zipped")]),
        .. Warc("resource", "text/html", "<title>t</title>res"),
    ];

    public static byte[] Documentation => """
        <?xml version="1.0" encoding="utf-8"?><doc><assembly><name>A</name></assembly><members>
        <member name="T:A.B`1"><summary>A <see cref="T:A.C"/> of <paramref name="x"/>.</summary><remarks><para>r</para><list type="bullet"><item>i</item></list></remarks></member>
        <member name="M:A.B`1.Do(System.Int32)"><summary>Does.</summary><param name="x">An x.</param><exception cref="T:System.Exception">Bad.</exception><returns>1</returns></member>
        </members></doc>
        """u8.ToArray();

    public static byte[] TasksRecipe => """
        name: joint
        checkpoint: base
        tasks:
          - name: first
            data: { train: first.csv }
            task: { type: text_classification }
          - name: second
            weight: 2
            data: { train: second.csv }
            task: { type: text_classification }
        training: { steps: 4 }
        """u8.ToArray();

    public static byte[] Program => "// SPDX-License-Identifier: MIT\nnamespace A;\n\nclass B\n{\n    int é = 1;\n}\n"u8.ToArray();

    public static byte[] Warc(string type, string contentType, string block) => Warc(type, contentType, System.Text.Encoding.UTF8.GetBytes(block));

    public static byte[] Warc(string type, string contentType, byte[] block) =>
    [
        .. System.Text.Encoding.UTF8.GetBytes($"WARC/1.0\r\nWARC-Type: {type}\r\nWARC-Target-URI: https://a.example/{type}\r\nContent-Type: {contentType}\r\nContent-Length: {block.Length}\r\n\r\n"), .. block, .. "\r\n\r\n"u8,
    ];

    public static byte[] Conll => "-DOCSTART- O\n\nThe O\nEU B-ORG\n\nParis B-LOC\n. O\n"u8.ToArray();

    public static byte[] Squad => """
        {"version":"2","data":[{"title":"t","paragraphs":[{"context":"The cat 😀 sat.","qas":[{"id":"1","question":"Who sat?","answers":[{"text":"cat","answer_start":4}]},
        {"id":"2","question":"Why?","is_impossible":true,"answers":[]}]}]}]}
        """u8.ToArray();

    public static byte[] Chat => """
        {"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"u"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","content":"t","tool_call_id":"1"},{"role":"assistant","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}
        """u8.ToArray().Where(letter => letter != (byte)'\n').ToArray();

    public static (string, byte[])[] Members => [("a.txt", Text), ("b/c.jsonl", JsonLines), ("d.csv.gz", Packed.Gzip(Table(',')))];

    public static byte[] Idx => [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3, .. Enumerable.Range(0, 24).Select(i => (byte)i)];

    public static byte[] PictureTable =>
        """{"image":"a.png","label":"x","objects":{"bbox":[[1,2,3,4]],"category":["star"]},"questions":[{"question":"How many?","answers":["two"]}]}"""u8.ToArray();

    public static byte[] Coco => """
        {"images":[{"id":7,"file_name":"a.png"}],"categories":[{"id":2,"name":"star"}],
        "annotations":[{"id":1,"image_id":7,"category_id":2,"bbox":[1,2,3,4],"iscrowd":0,"segmentation":[[1,2,3]]}]}
        """u8.ToArray();

    public static byte[] PictureProcessor => """
        {"image_processor_type":"ViTImageProcessor","do_resize":true,"size":{"height":32,"width":32},"resample":2,"do_rescale":true,"rescale_factor":0.00392156862745098,
        "do_normalize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}
        """u8.ToArray();

    public static byte[] PairTokenizer => """
        {"version":"1.0","truncation":{"max_length":8,"stride":0,"strategy":"LongestFirst","direction":"Right"},"padding":null,
        "added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"c+"},"content":"b"}]},
        "pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\p{L}+| ?"},"behavior":"Isolated","invert":false},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
        "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},
        "decoder":{"type":"BPEDecoder","suffix":"</w>"},
        "model":{"type":"BPE","unk_token":"<s>","vocab":{"<s>":0,"a":1,"b":2,"ab":3},"merges":[["a","b"]]}}
        """u8.ToArray();

    public static byte[] ByteTokenizer => """
        {"version":"1.0","added_tokens":[{"id":0,"content":"<|end|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
        "normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
        "post_processor":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false},"decoder":{"type":"ByteLevel"},
        "model":{"type":"BPE","unk_token":null,"vocab":{"<|end|>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}}
        """u8.ToArray();

    public static byte[] UnigramTokenizer => """
        {"version":"1.0","added_tokens":[],"normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
        "post_processor":null,"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
        "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0.0],["▁",-1.5],["a",-2.0],["b",-2.5],["ab",-3.0]],"byte_fallback":false}}
        """u8.ToArray();

    public static byte[] WordPieceTokenizer => """
        {"version":"1.0","added_tokens":[{"id":1,"content":"[CLS]","special":true},{"id":2,"content":"[SEP]","special":true}],
        "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},
        "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##b":4}}}
        """u8.ToArray();

    public static byte[] WordPieces => "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\n"u8.ToArray();

    public static byte[] Vocabulary => """{"a":0,"b":1,"ab":2,"Ġ":3,"<|endoftext|>":4}"""u8.ToArray();

    public static byte[] Merges => "#version: 0.2\na b\n"u8.ToArray();

    public static byte[] Ranks => string.Concat(Enumerable.Range(0, 256).Select(i => $"{Convert.ToBase64String([(byte)i])} {i}\n")) is var single
        ? System.Text.Encoding.ASCII.GetBytes(single + $"{Convert.ToBase64String("ab"u8)} 256\n") : [];

    public static byte[] TokenizerConfig => System.Text.Encoding.UTF8.GetBytes(new JsonObject
    {
        ["bos_token"] = "<s>", ["eos_token"] = new JsonObject { ["content"] = "</s>" }, ["chat_template"] = System.Text.Encoding.UTF8.GetString(Template),
    }.ToJsonString());

    public static byte[] Template => """
        {%- macro block(text, end='\n') -%}<{{ text | trim | replace('a', 'aa') }}>{{ end }}{%- endmacro -%}
        {% set ns = namespace(count=0) %}{% for message in messages if message['role'] != 'none' %}{% if loop.first and not message.content is string %}{{ raise_exception('no') }}
        {% elif message.role == "assistant" %}{% generation %}{{ block(message['content'][:100]) }}{% endgeneration %}{% else %}{{ block(message.content ~ (loop.index0 * 2 + 1) | string) }}{% endif %}
        {% set ns.count = ns.count + 1 %}{% endfor %}{{ {'a': [1, 2.5, none]} | tojson }}{{ messages | map(attribute='role') | join(', ') }}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
        """u8.ToArray();

    public static byte[] Table(char separator) =>
        System.Text.Encoding.UTF8.GetBytes("text,license,source\n\"one, \"\"1\"\"\nmore\",MIT,a\nzwei é,,\n".Replace(',', separator));

    public static byte[] Parquet()
    {
        JsonObject[] rows =
        [
            new() { ["text"] = "one", ["license"] = "MIT", ["n"] = 1, ["x"] = 0.5, ["flag"] = true, ["vector"] = new JsonArray(1.5, 2.5) },
            new() { ["text"] = "two", ["license"] = null, ["n"] = null, ["x"] = 1e300, ["flag"] = false, ["vector"] = null },
        ];
        using var stream = new MemoryStream();
        using (var sink = RowFiles.Create("a.parquet", stream, [.. DataColumn.Of(rows).Select(column => column.Name == "vector" ? column with { Kind = ColumnKind.Vector } : column)]))
        {
            foreach (var row in rows)
            {
                sink.Write(row, "row");
            }

            sink.Complete();
        }

        return stream.ToArray();
    }

    public static byte[] PictureZip() => Packed.Zip(("cat/a.png", ImageFixtures.Bytes("rgb.png")), ("dog/b.jpg", ImageFixtures.Bytes("grey.jpg")));

    public static byte[] PictureValues => Numbers("|u1", "(2, 4, 3)", [.. Enumerable.Range(0, 24).Select(i => (byte)i)]);

    public static byte[] PictureLabels => Numbers("<i2", "(2, 1)", [0, 0, 3, 0]);

    public static byte[] PictureArrays() => Packed.Zip(("train_images.npy", PictureValues));

    public static byte[] SentencePiece() => File.ReadAllBytes(Path.Combine(Fixtures.Folder("tok-sentencepiece-bpe-bytefallback"), "spiece.model"));

    public static IReadOnlyDictionary<string, byte[]> Shards() => Directory.GetFiles(Fixtures.Folder("gpt2-lm-sharded"), "*.safetensors").ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    public static byte[] Gguf()
    {
        using var folder = new TemporaryFolder();
        var metadata = new GgufMetadata { { "general.architecture", "x" }, { "texts", new[] { "a", "b" } }, { "number", 4u } };
        GgufWriter.Write(folder.Path("a.gguf"), metadata, [(new("t", [1, 32], () => ones(1, 32)), GgufType.Q8_0), (new("u", [3], () => ones(3)), GgufType.F32)]);
        return File.ReadAllBytes(folder.Path("a.gguf"));
    }

    private static byte[] Numbers(string type, string shape, byte[] values)
    {
        var header = System.Text.Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. values];
    }
}
