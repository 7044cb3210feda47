namespace Plinth.Data.Vision;

/// <summary>How new pixels are made of old ones; the numbers are Pillow's, which stand in <c>preprocessor_config.json</c>.</summary>
public enum ResampleFilter
{
    /// <summary>The pixel that lies there; no smoothing.</summary>
    Nearest = 0,

    /// <summary>A windowed sinc over 3 pixels a side.</summary>
    Lanczos = 1,

    /// <summary>A triangle over 1 pixel a side.</summary>
    Bilinear = 2,

    /// <summary>A cubic over 2 pixels a side (Keys 1981, a = -0.5).</summary>
    Bicubic = 3,

    /// <summary>The mean of what a new pixel covers.</summary>
    Box = 4,

    /// <summary>A sinc under a Hamming window, over 1 pixel a side.</summary>
    Hamming = 5,
}
