namespace Fer.Actors.Storage;

/// <summary>Where a store finds what it does not have itself.</summary>
public interface IArtifactSource
{
    /// <summary>Brings an artifact into the store, whole. Takes as long as the file is large. Throws <see cref="IOException"/> where it cannot be stored.</summary>
    /// <returns>False: nobody who can be reached has it.</returns>
    bool Fetch(string hash);
}
