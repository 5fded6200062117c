namespace Fer.Actors.Hosts;

/// <summary>A host as this one sees it now; by the time it is read it may be otherwise.</summary>
/// <param name="Name">As it calls itself (<c>fer.cluster.name</c>).</param>
/// <param name="Address">host:port of its presence.</param>
/// <param name="IsReachable">False from the moment its heartbeats stay away until it is given up.</param>
public sealed record HostSeen(string Name, string Address, bool IsReachable, bool IsSelf);
