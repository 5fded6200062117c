namespace Fer.Models.Data;

/// <summary>Says of generated images which may be kept. Made by Evaluation's filter, used by the sampler.</summary>
public interface ICandidateFilter
{
    /// <summary>
    /// Facts for each candidate, in order; <see cref="FilterFacts.Reason"/> null means accepted. Every candidate's intended class is its label.
    /// Pure: the same candidates in the same order give the same facts.
    /// </summary>
    IReadOnlyList<FilterFacts> Judge(ImageSet candidates);
}
