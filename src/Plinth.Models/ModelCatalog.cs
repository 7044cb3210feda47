using Plinth.Core;
using Plinth.Models.Text.Albert;
using Plinth.Models.Text.Bart;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Bloom;
using Plinth.Models.Text.Deberta;
using Plinth.Models.Text.DistilBert;
using Plinth.Models.Text.Electra;
using Plinth.Models.Text.Falcon;
using Plinth.Models.Text.Gemma;
using Plinth.Models.Text.Gpt2;
using Plinth.Models.Text.Gpt3;
using Plinth.Models.Text.Gptj;
using Plinth.Models.Text.GptNeo;
using Plinth.Models.Text.GptNeox;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Marian;
using Plinth.Models.Text.Mistral;
using Plinth.Models.Text.ModernBert;
using Plinth.Models.Text.Mpnet;
using Plinth.Models.Text.Mpt;
using Plinth.Models.Text.OpenAiGpt;
using Plinth.Models.Text.Opt;
using Plinth.Models.Text.Phi;
using Plinth.Models.Text.Qwen;
using Plinth.Models.Text.Roberta;
using Plinth.Models.Text.Starcoder2;
using Plinth.Models.Text.T5;
using Plinth.Models.Vision.Clip;
using Plinth.Models.Vision.ConvNext;
using Plinth.Models.Vision.Dinov2;
using Plinth.Models.Vision.Llava;
using Plinth.Models.Vision.ResNet;
using Plinth.Models.Vision.Siglip;
using Plinth.Models.Vision.Swin;
using Plinth.Models.Vision.Vit;
using Plinth.Models.Vision.VitMae;
using Plinth.Models.Vision.Yolos;

namespace Plinth.Models;

/// <summary>The shelf of architectures: one line each.</summary>
public static class ModelCatalog
{
    /// <summary>All families by their <c>model_type</c>.</summary>
    public static Catalog<ModelFamily> Families { get; } = new(
        "architecture",
        [
            new AlbertFamily(),
            new BartFamily(),
            new BertFamily(),
            new BloomFamily(),
            new ClipFamily(),
            new ClipTextFamily(),
            new ClipVisionFamily(),
            new ConvNextFamily(),
            new DebertaFamily(),
            new Dinov2Family(),
            new DistilBertFamily(),
            new ElectraFamily(),
            new FalconFamily(),
            new GemmaFamily(),
            new Gemma2Family(),
            new Gemma3Family(),
            new Gpt2Family(),
            new Gpt3Family(),
            new GptjFamily(),
            new GptNeoFamily(),
            new GptNeoxFamily(),
            new LlamaFamily(),
            new LlavaFamily(),
            new MarianFamily(),
            new MistralFamily(),
            new MixtralFamily(),
            new ModernBertFamily(),
            new MpnetFamily(),
            new MptFamily(),
            new OpenAiGptFamily(),
            new OptFamily(),
            new PhiFamily(),
            new Phi3Family(),
            new Qwen2Family(),
            new Qwen3Family(),
            new ResNetFamily(),
            new RobertaFamily(),
            new SiglipFamily(),
            new SiglipTextFamily(),
            new SiglipVisionFamily(),
            new Starcoder2Family(),
            new SwinFamily(),
            new T5Family(),
            new VitFamily(),
            new VitMaeFamily(),
            new XlmRobertaFamily(),
            new YolosFamily(),
        ],
        family => family.ModelType);
}
