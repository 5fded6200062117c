using System.Text.Json;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>What a run was started to compute, against what is asked for now.</summary>
internal static class JobDifferences
{
    /// <summary>A part of a sentence for each setting that differs: <c>fer.gan.width: 24 then, 32 now</c>.</summary>
    public static IReadOnlyList<string> Of(RefinementSettings then, RefinementSettings now)
    {
        var before = Flat(then);
        return [.. Flat(now).Where(s => before[s.Key] != s.Value).Select(s => $"{s.Key}: {before[s.Key]} then, {s.Value} now")];
    }

    /// <summary>What a run's first event says of its job.</summary>
    public static RefinementRun Read(string settings)
    {
        try
        {
            return Json.Read<RefinementRun>(settings);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"The settings in the run's journal cannot be read: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Flat(RefinementSettings settings) =>
        SettingSchema.All(settings, FerConfig.Root).ToDictionary(s => s.Path, s => SettingValue.Text(s.Default), StringComparer.Ordinal);
}
