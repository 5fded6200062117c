namespace Fer.Actors.Hosting;

/// <summary>Something outside does not answer or is not there yet: nobody's settings are wrong, and the same start may do later.</summary>
public sealed class NotReachableException(string sentence, Exception? inner = null) : Exception(sentence, inner);
