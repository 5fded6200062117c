using Fer.Actors.Hosting;
using Fer.Host.Commands;
using Fer.Host.Hosting;
using Fer.Models.Native;

NativeLibraries.Register();
RunEngine.WorkerCommand = [.. WorkerCommand.SelfCommand()];
return await FerProgram.RunAsync(args, new CommandContext(FerConsole.Create(), new ActorRunEngine(), TimeProvider.System));
