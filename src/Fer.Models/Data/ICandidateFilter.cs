namespace Fer.Models.Data;

/// <summary>Says of generated images which may be kept and, of more than are asked for, which are. Made by Evaluation's filter, used by the sampler.</summary>
public interface ICandidateFilter
{
    /// <summary>
    /// Facts for each candidate, in order; <see cref="FilterFacts.Reason"/> null means accepted. Every candidate's intended class is its label.
    /// Pure: the same candidates in the same order give the same facts.
    /// </summary>
    IReadOnlyList<FilterFacts> Judge(ImageSet candidates);

    /// <summary>
    /// Chooses at most <paramref name="target"/> of accepted images of one class, for being unlike each other and for lying where real ones do. For each image, in order, null
    /// where it is chosen, else why not. Pure as <see cref="Judge"/> is.
    /// </summary>
    /// <param name="accepted">To choose from.</param>
    /// <param name="target">How many at most.</param>
    /// <param name="earlier">Images of the class that count as chosen already; null: none do.</param>
    IReadOnlyList<string?> Choose(ImageSet accepted, int target, ImageSet? earlier = null);
}
