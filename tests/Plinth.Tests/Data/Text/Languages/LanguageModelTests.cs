using Plinth.Core;
using Plinth.Data.Text.Languages;

namespace Plinth.Tests.Data.Text.Languages;

public sealed class LanguageModelTests
{
    [Theory]
    [InlineData("en", "The weather was fine and we walked along the river until the evening.")]
    [InlineData("de", "Das Wetter war schön, und wir gingen bis zum Abend am Fluss entlang.")]
    [InlineData("fr", "Il faisait beau et nous avons marché le long de la rivière jusqu'au soir.")]
    [InlineData("es", "Hacía buen tiempo y caminamos por la orilla del río hasta la noche.")]
    [InlineData("ru", "Погода была хорошая, и мы гуляли вдоль реки до самого вечера.")]
    [InlineData("el", "Ο καιρός ήταν καλός και περπατήσαμε δίπλα στο ποτάμι μέχρι το βράδυ.")]
    [InlineData("ja", "天気が良かったので、私たちは夕方まで川に沿って歩きました。")]
    [InlineData("zh", "天气很好，我们沿着河边一直走到晚上。")]
    [InlineData("ar", "كان الطقس جميلا ومشينا على طول النهر حتى المساء.")]
    public void The_built_in_model_tells_sentences_of_large_languages(string language, string text) =>
        Assert.Equal(language, LanguageModel.BuiltIn.Identify(text)?.Language);

    [Fact]
    public void Text_without_letters_has_no_language() => Assert.Null(LanguageModel.BuiltIn.Identify("12345 -- !?"));

    [Fact]
    public void A_trained_model_is_read_back_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var trainer = new LanguageTrainer(100);
        trainer.Add("aa", "abab abba baab");
        trainer.Add("cc", "cdcd cddc dccd");
        var model = trainer.Train();
        model.Save(folder.Path("model"));
        var read = LanguageModel.Load(folder.Path("model"));
        Assert.Equal(["aa", "cc"], read.Languages);
        Assert.Equal(model.Identify("abba"), read.Identify("abba"));
        Assert.Equal("cc", read.Identify("dcdc cd")?.Language);
    }

    [Fact]
    public void Damaged_models_are_refused_with_a_clear_error()
    {
        using var folder = new TemporaryFolder();
        var trainer = new LanguageTrainer(50);
        trainer.Add("aa", "abab abba baab");
        trainer.Add("cc", "cdcd cddc dccd");
        trainer.Train().Save(folder.Path("model"));
        var bytes = File.ReadAllBytes(folder.Path("model"));
        for (var length = 0; length < bytes.Length / 2; length += 5)
        {
            File.WriteAllBytes(folder.Path("cut"), bytes[..length]);
            Assert.Throws<BadInputException>(() => LanguageModel.Load(folder.Path("cut")));
        }

        Assert.Throws<BadInputException>(() => LanguageModel.Load(folder.Path("nowhere")));
    }
}
