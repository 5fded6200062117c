namespace Fer.Models;

/// <summary>
/// Something the user gave (a file, a row, a setting) is wrong. The message is one sentence for the user that names
/// the file or key, what was found and what was expected; no stack trace is shown with it.
/// </summary>
public sealed class BadInputException : Exception
{
    public BadInputException(string sentence) : base(sentence) { }

    public BadInputException(string sentence, Exception inner) : base(sentence, inner) { }
}
