namespace Plinth.Inference.Chat;

/// <summary>What the clients of the abstractions answer when they are asked for a service.</summary>
internal static class ClientServices
{
    /// <summary>The client's metadata, the client itself, or null.</summary>
    public static object? Find(object client, object metadata, Type serviceType, object? serviceKey)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == metadata.GetType() ? metadata
            : serviceType.IsInstanceOfType(client) ? client
            : null;
    }
}
