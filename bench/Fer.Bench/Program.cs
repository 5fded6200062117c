using Fer.Bench;
using Fer.Models;
using Fer.Models.Native;

NativeLibraries.Register();

// Each benchmark is a file; the shell scripts beside say what is measured and print the tables.
try
{
    return Choose(args);
}
catch (BadInputException e)
{
    Console.Error.WriteLine(e.Message);
    return 64;
}

static int Choose(string[] args) => args switch
{
    ["overhead", "engine" or "bare"] => Overhead.One(args[1]),
    ["overhead", ..] => Overhead.Pairs(args.Length > 1 ? int.Parse(args[1]) : 10),
    ["load", var path, ..] => Load.Run(path),
    ["memory", "steps"] => Memory.Steps(),
    ["memory", "rounds"] => Memory.Rounds(),
    ["headroom"] => Headroom.Table(),
    ["headroom", var faces, var steps, ..] => Headroom.Line(int.Parse(faces), int.Parse(steps), args[3..]),
    ["classifier", var path, ..] => DefaultClassifier.Run(path, args[2..]),
    ["baseline", var path, ..] => StudyBaseline.Run(path, args[2..]),
    ["quality-one", var name, var judge, var seed, ..] => Quality.One(name, judge, seed, args[4..]),
    ["quality", ..] => Quality.Run(args[1..]),
    ["pytorch", "ours", ..] => AgainstPyTorch.Ours(args[2..]),
    ["pytorch", ..] => AgainstPyTorch.Run(args[1..]),
    ["trials-host", var name, var store] => Trials.Host(Nothing.Job, name, store),
    ["chains-host", var name, var store] => Trials.Host(Chains.Job, name, store),
    ["rows", ..] => RowCosts.Run(args.Length > 1 ? double.Parse(args[1]) : 60),
    ["sweep-kills", var table, ..] => SweepKills.Run(table, args.Length > 2 ? int.Parse(args[2]) : 1200),
    ["trials-state", var trials] => Trials.State(int.Parse(trials)),
    ["trials", ..] => Trials.Run(args.Length > 1 ? int.Parse(args[1]) : 10_000, args.Length > 2 ? int.Parse(args[2]) : 100),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("expected: overhead [PAIRS] | load PATH | memory steps | memory rounds | headroom [FACES STEPS [SEEDS [IMAGE-SIZE [NETWORK]]]] | classifier PATH [STEPS [SEEDS]] | baseline PATH [SEEDS [EPOCHS]] | pytorch [PAIRS] [--critic study|correct] [--rows 1,2,3] [--check] | " + QualityOptions.Usage);
    return 64;
}
