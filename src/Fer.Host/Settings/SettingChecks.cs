using System.Reflection;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>Asks records that have rules between their settings (a method <c>void Check()</c>) whether they hold.</summary>
internal static class SettingChecks
{
    /// <param name="record">Settings.</param>
    /// <param name="tree">What they were read from: a sentence that begins with a key is about the place where that stands.</param>
    public static IEnumerable<SettingProblem> Of(object record, BlockNode tree)
    {
        foreach (var property in SettingSchema.Properties(record.GetType()).Where(p => SettingSchema.IsRecord(p.PropertyType)))
        {
            foreach (var problem in Of(property.GetValue(record)!, tree))
            {
                yield return problem;
            }
        }

        var check = record.GetType().GetMethod("Check", BindingFlags.Public | BindingFlags.Instance, []);
        if (check is not null && Sentence(check, record) is { } sentence)
        {
            var node = tree.Find(sentence.Split(' ', ':')[0]);
            yield return new SettingProblem("", node?.Source ?? tree.Source, node?.Line ?? 0, sentence);
        }
    }

    private static string? Sentence(MethodInfo check, object record)
    {
        try
        {
            check.Invoke(record, BindingFlags.DoNotWrapExceptions, null, null, null);
            return null;
        }
        catch (BadInputException e)
        {
            return e.Message;
        }
    }
}
