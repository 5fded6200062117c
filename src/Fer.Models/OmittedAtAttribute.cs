namespace Fer.Models;

/// <summary>
/// Stands at a setting that came later than runs which are recorded: at the value that does what they did, which must be its default for ever, it is not
/// written, so that a step's settings, and with them its hash, are what they were before there was such a setting.
/// </summary>
/// <param name="value">That value.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OmittedAtAttribute(object value) : Attribute
{
    public object Value => value;
}
