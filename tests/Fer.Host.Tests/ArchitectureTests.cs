using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Fer.Host.Tests;

/// <summary>Arrows point one way only: Fer.Host → Fer.Actors → Fer.Models.</summary>
public class ArchitectureTests
{
    private static readonly System.Reflection.Assembly Models = typeof(Fer.Models.BadInputException).Assembly;
    private static readonly System.Reflection.Assembly Actors = typeof(Fer.Actors.Hosting.RunEngine).Assembly;
    private static readonly System.Reflection.Assembly Host = typeof(Fer.Host.Settings.FerSettings).Assembly;
    private static readonly Architecture Rooms = new ArchLoader().LoadAssemblies(Models, Actors, Host).Build();

    [Fact]
    public void Models_refers_to_no_actor_and_no_host()
    {
        Assert.DoesNotContain(Models.GetReferencedAssemblies(), a => a.Name!.StartsWith("Akka", StringComparison.Ordinal) || a.Name.StartsWith("Fer.", StringComparison.Ordinal) || a.Name == "fer");
        Assert.DoesNotContain(Models.GetReferencedAssemblies(), a => a.Name!.StartsWith("Microsoft.Data", StringComparison.Ordinal) || a.Name.StartsWith("Serilog", StringComparison.Ordinal));
    }

    [Fact]
    public void Actors_refers_to_no_host_and_no_console() =>
        Assert.DoesNotContain(Actors.GetReferencedAssemblies(), a => a.Name is "fer" || a.Name!.StartsWith("Spectre", StringComparison.Ordinal) || a.Name.StartsWith("System.CommandLine", StringComparison.Ordinal) || a.Name.StartsWith("Serilog", StringComparison.Ordinal));

    [Fact]
    public void Runs_and_devices_know_no_job()
    {
        var job = Types().That().ResideInNamespaceMatching(@"^Fer\.Actors\.Jobs\.Refinement");

        Types().That().ResideInNamespaceMatching(@"^Fer\.Actors\.(Runs|Devices|Storage)").Should().NotDependOnAny(job).Check(Rooms);
    }

    [Fact]
    public void What_a_run_knows_and_plans_knows_no_actor()
    {
        System.Type[] pure = [typeof(Fer.Actors.Runs.RunState), typeof(Fer.Actors.Runs.StepSpec), typeof(Fer.Actors.Runs.Fingerprint), typeof(Fer.Actors.Runs.V1.IRunEvent), typeof(Fer.Actors.Jobs.PlanAnswer)];

        Assert.All(pure, type => Assert.DoesNotContain(
            Rooms.Types.First(t => t.FullName == type.FullName).Dependencies,
            d => d.Target.FullName.StartsWith("Akka", StringComparison.Ordinal)));
    }

    [Fact]
    public void Only_the_networks_side_touches_torch_in_the_host()
    {
        var allowed = new[] { "Fer.Host.Hosting.ComputeThread", "Fer.Host.Hosting.Provenance", "Fer.Host.Hosting.Doctor", "Fer.Host.Hosting.Evaluation" };

        var found = Rooms.Types
            .Where(t => t.FullName.StartsWith("Fer.Host.Hosting", StringComparison.Ordinal) || t.FullName.StartsWith("Fer.Host.Live", StringComparison.Ordinal) || t.FullName.StartsWith("Fer.Host.Settings", StringComparison.Ordinal))
            .Where(t => t.Dependencies.Any(d => d.Target.FullName.StartsWith("TorchSharp", StringComparison.Ordinal)))
            .Select(t => t.FullName.Split('+', '/')[0]).Distinct();

        Assert.All(found, name => Assert.Contains(name, allowed));
    }
}
