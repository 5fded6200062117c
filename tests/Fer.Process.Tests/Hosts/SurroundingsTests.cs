using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Runs.V1;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>A full disk below the artifacts, and a clock that is wrong.</summary>
[Collection("hosts")]
public sealed class SurroundingsTests(PostgresServer postgres)
{
    [Fact]
    public void A_full_store_fails_the_step_and_it_goes_on_by_itself_when_there_is_space_again()
    {
        using var cluster = new TestCluster(postgres);
        using var disk = new SmallDisk(cluster.Store);
        cluster.Start("a").Says("a is there");
        cluster.Submit();
        cluster.InTheMiddle();

        disk.Fill();
        var failed = cluster.Patiently(() => cluster.Events.OfType<StepFailed>().FirstOrDefault(), "a step to fail");
        disk.Free();

        Assert.Equal("io", failed.Fault);
        cluster.CompletesAsIfNothingHadHappened();
    }

    [Fact]
    public void A_store_that_stays_full_pauses_the_run_with_the_reason_until_a_person_resumes_it()
    {
        using var cluster = new TestCluster(postgres);
        using var disk = new SmallDisk(cluster.Store);
        cluster.Start("a").Says("a is there");
        cluster.Submit("--set", "max-retries=1", "--set", "retry-delay=100ms");
        cluster.InTheMiddle();

        disk.Fill();
        var reason = cluster.Is("paused");
        disk.Free();
        Assert.Contains("is running", cluster.OfRun("resume"));

        Assert.Contains("stopped on a/cpu:0", reason);
        Assert.Contains("No space left on device", reason);
        cluster.CompletesAsIfNothingHadHappened();
    }

    [Fact]
    public void A_host_whose_clock_is_ten_minutes_ahead_neither_takes_nor_loses_a_step_by_it()
    {
        var library = Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib").Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists) : null;
        Assert.SkipWhen(library is null, "a wrong clock needs libfaketime (apt-get install faketime)");
        using var cluster = new TestCluster(postgres, "cluster.lease=30s");
        var b = cluster.Start("b", wrap: WithClock);
        var line = b.Says("b coordinates");
        cluster.Start("a").Says("a is there");
        cluster.Submit();

        var there = TimeOnly.ParseExact(line.Split(' ')[0], "HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.InRange((there - TimeOnly.FromDateTime(DateTime.Now)).TotalMinutes, 5, 10.5);
        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal(1, cluster.Rows.HighestNumber);
        Assert.Equal(["a/cpu:0", "b/cpu:0"], cluster.Events.OfType<StepStarted>().Select(s => s.Device).Distinct().Order());

        ProcessStartInfo WithClock(ProcessStartInfo start)
        {
            start.Environment["LD_PRELOAD"] = library;
            start.Environment["FAKETIME"] = "+10m";
            start.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";

            // Its remedy for older libraries ends every timed wait at once here.
            start.Environment["FAKETIME_FORCE_MONOTONIC_FIX"] = "0";
            return start;
        }
    }
}
