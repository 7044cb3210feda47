using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plinth.Models.Vision;

/// <summary>Height and width in pixels; config.json has one number for squares, or a list of two.</summary>
/// <param name="Height">From top to bottom.</param>
/// <param name="Width">From left to right.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>A square.</summary>
    public ImageSize(int side) : this(side, side) { }

    internal sealed class Converter : JsonConverter<ImageSize>
    {
        public override ImageSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number)
            {
                return new(reader.GetInt32());
            }

            return JsonSerializer.Deserialize<int[]>(ref reader, options) is [var height, var width]
                ? new(height, width)
                : throw new JsonException("A size in pixels is one number, or a list of height and width.");
        }

        public override void Write(Utf8JsonWriter writer, ImageSize value, JsonSerializerOptions options)
        {
            ArgumentNullException.ThrowIfNull(writer);
            if (value.Height == value.Width)
            {
                writer.WriteNumberValue(value.Height);
                return;
            }

            writer.WriteStartArray();
            writer.WriteNumberValue(value.Height);
            writer.WriteNumberValue(value.Width);
            writer.WriteEndArray();
        }
    }
}
