using System.Reflection;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>Asks records that have rules between their settings (a method <c>void Check()</c>) whether they hold.</summary>
internal static class SettingChecks
{
    public static IEnumerable<SettingProblem> Of(object record, string source)
    {
        foreach (var property in SettingSchema.Properties(record.GetType()).Where(p => SettingSchema.IsRecord(p.PropertyType)))
        {
            foreach (var problem in Of(property.GetValue(record)!, source))
            {
                yield return problem;
            }
        }

        var check = record.GetType().GetMethod("Check", BindingFlags.Public | BindingFlags.Instance, []);
        if (check is not null && Sentence(check, record) is { } sentence)
        {
            yield return new SettingProblem("", source, 0, sentence);
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
