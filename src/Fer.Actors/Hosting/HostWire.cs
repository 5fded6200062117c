namespace Fer.Actors.Hosting;

/// <summary>What hosts of one database tell each other and write into journals.</summary>
public static class HostWire
{
    /// <summary>Raised with every new message between hosts and every new event of a journal: a program of an older version could not read it.</summary>
    public const int Version = 1;
}
