using Fer.Actors.Hosting;

namespace Fer.Actors.Runs;

/// <summary>To the supervisor: save everything and stop for this reason.</summary>
internal sealed record StopRun(RunEnd End, string Reason);

/// <summary>To its guardian: the run has ended, for good or for now.</summary>
internal sealed record RunOver(RunOutcome Outcome);

/// <summary>To its guardian: the journal would not take or give an event.</summary>
internal sealed record JournalTrouble(string Sentence);
