namespace Fer.Actors.Hosts;

/// <summary>Between hosts: the only messages of ours that their presences take from each other.</summary>
public interface IHostMessage;

/// <summary>Something changed in the database that is worth a look before the next beat. May be lost, may come twice.</summary>
public sealed record HostHint(string What) : IHostMessage;
