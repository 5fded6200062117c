using System.Reflection;
using System.Reflection.Emit;
using Fer.Models.Training;
using TorchSharp;
using Xunit;

namespace Fer.Models.Tests.Native;

/// <summary>
/// A number that TorchSharp makes a Scalar of may be finalised while libtorch reads it, and then other bits come out. So
/// only the class Numbers, which keeps them alive, may use anything of TorchSharp that makes one, however deep inside.
/// </summary>
public class ScalarTests
{
    private static readonly Assembly Torch = typeof(Scalar).Assembly;
    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value & 0xffff);
    private readonly Dictionary<MethodBase, bool> known = [];

    [Fact]
    public void Nothing_but_Numbers_gives_torch_a_number_that_may_be_collected()
    {
        var found =
            from type in typeof(FlatAdam).Assembly.GetTypes()
            where type.Name != "Numbers"
            from method in Methods(type)
            from call in Calls(method)
            where MakesScalar(call)
            select $"{type.Name}.{method.Name} calls {call.DeclaringType!.Name}.{call.Name}({string.Join(", ", call.GetParameters().Select(p => p.ParameterType.Name))})";
        Assert.Empty(found.Distinct());
    }

    [Theory]
    [InlineData(typeof(torch.Tensor), "square", true)]
    [InlineData(typeof(torch.Tensor), "neg", false)]
    [InlineData(typeof(TorchSharp.Modules.BatchNorm2d), ".ctor", true)]
    [InlineData(typeof(TorchSharp.Modules.ReLU), ".ctor", false)]
    public void What_makes_a_number_is_told_from_what_makes_none(Type type, string name, bool expected) =>
        Assert.Contains(Methods(type), m => m.Name == name && MakesScalar(m) == expected);

    private bool MakesScalar(MethodBase method)
    {
        if (method.Module.Assembly != Torch)
        {
            return false;
        }

        if (method.DeclaringType == typeof(Scalar) || method.DeclaringType == typeof(ScalarExtensionMethods))
        {
            return method.Name is "op_Implicit" or "ToScalar" or ".ctor";
        }

        if (!known.TryGetValue(method, out var makes))
        {
            known[method] = false;
            known[method] = makes = Calls(method).Concat(Layers(method)).Any(MakesScalar);
        }

        return makes;
    }

    /// <summary>What a layer that the method makes will do: calls of <c>forward</c> name no layer.</summary>
    private static IEnumerable<MethodBase> Layers(MethodBase method)
    {
        var made = method is MethodInfo info ? info.ReturnType : method.DeclaringType!;
        for (var type = made; type != null && type != typeof(torch.nn.Module) && typeof(torch.nn.Module).IsAssignableFrom(type); type = type.BaseType)
        {
            foreach (var forward in Methods(type).Where(m => m.Name == "forward"))
            {
                yield return forward;
            }
        }
    }

    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly).OfType<MethodBase>();

    /// <summary>Methods that stand in a method's code.</summary>
    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < code.Length;)
        {
            int value = code[at++];
            value = value == 0xfe ? 0xfe00 | code[at++] : value;
            var operand = Codes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineTok && Resolve(method, BitConverter.ToInt32(code, at)) is { } called)
            {
                yield return called;
            }

            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token) =>
        method.Module.ResolveMember(token, method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null) as MethodBase;
}
