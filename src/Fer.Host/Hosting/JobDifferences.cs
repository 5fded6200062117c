using System.Text.Json;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
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

    /// <summary>The same of a run, with what it screens where it screens levers.</summary>
    public static IReadOnlyList<string> Of(RunState then, RefinementSettings now, IReadOnlyList<LeverChoice>? levers)
    {
        var job = levers is null ? Names.Job : LeverNames.Job;
        if (then.Job != job)
        {
            return [$"job: {then.Job} then, {job} now"];
        }

        var (before, after) = (levers is null ? "" : Words(Levers(then.Settings).Levers), Words(levers ?? []));
        return [.. Of(Read(then.Settings).Settings, now), .. before == after ? Array.Empty<string>() : [$"levers: {before} then, {after} now"]];
    }

    /// <summary>What a screening's first event says of it.</summary>
    public static LeversRun Levers(string settings) => Read(settings, Json.Read<LeversRun>);

    /// <summary>What a run's first event says of its job.</summary>
    public static RefinementRun Read(string settings) => Read(settings, RefinementRun.Read);

    private static T Read<T>(string settings, Func<string, T> read)
    {
        try
        {
            return read(settings);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"The settings in the run's journal cannot be read: {e.Message}", e);
        }
    }

    private static string Words(IEnumerable<LeverChoice> levers) => string.Join(" ", levers.Select(l => $"{l.Key}={string.Join(',', l.Values)}"));

    private static Dictionary<string, string> Flat(RefinementSettings settings) =>
        SettingSchema.All(settings, FerConfig.Root).ToDictionary(s => s.Path, s => SettingValue.Text(s.Default), StringComparer.Ordinal);
}
