using System.Security.Cryptography;
using System.Text;
using Fer.Models;

namespace Fer.Host.Live.Web;

/// <summary>
/// Who may change something from the page: whoever sends the word that the host was started with. Without one nobody may. No cookie carries it, so no other
/// page can have a browser send it.
/// </summary>
internal sealed class Token
{
    public const string Variable = "FER_HTTP_TOKEN";

    private const string Scheme = "Bearer ";

    /// <summary>What can be guessed in a night is none.</summary>
    private const int Shortest = 16;

    private readonly byte[]? hash;

    /// <summary>Throws <see cref="BadInputException"/> where it is too short.</summary>
    /// <param name="token">Null or empty: nothing may be changed.</param>
    public Token(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return;
        }

        hash = token.Length >= Shortest ? Hash(token) : throw new BadInputException($"{Variable} has {token.Length} characters: at least {Shortest} are needed, such as openssl rand -hex 16 gives.");
    }

    public bool IsSet => hash is not null;

    /// <summary>Takes as long whatever is wrong about it.</summary>
    /// <param name="authorization">The header.</param>
    public bool Allows(string? authorization) => hash is not null && authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].Trim()), hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
