using Fer.Bench;
using Fer.Models.Native;

NativeLibraries.Register();

// Each benchmark is a file; the shell scripts beside say what is measured and print the tables.
return args switch
{
    ["overhead", "engine" or "bare"] => Overhead.One(args[1]),
    ["overhead", ..] => Overhead.Pairs(args.Length > 1 ? int.Parse(args[1]) : 10),
    ["load", var path, ..] => Load.Run(path),
    ["memory", "steps"] => Memory.Steps(),
    ["memory", "rounds"] => Memory.Rounds(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("expected: overhead [PAIRS] | load PATH | memory steps | memory rounds");
    return 64;
}
