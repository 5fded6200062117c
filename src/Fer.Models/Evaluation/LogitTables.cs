using System.Globalization;
using Fer.Models.Files;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>Logits as they come in, batch after batch, for several classifiers or sets: what work that predicts must not lose when it is cut.</summary>
/// <param name="count">Tables.</param>
/// <param name="name">What a checkpoint calls them; differs where one holds several.</param>
internal sealed class LogitTables(int count, string name = "logits")
{
    private readonly List<float>[] tables = [.. Enumerable.Range(0, count).Select(_ => new List<float>())];

    /// <summary>Numbers in all tables.</summary>
    public long Numbers => tables.Sum(t => (long)t.Count);

    public List<float> this[int table] => tables[table];

    public void Save(SafeTensors file)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < tables.Length; i++)
        {
            file.Add(Key(i), tensor(tables[i].ToArray()));
        }
    }

    public void Load(SafeTensors file)
    {
        for (var i = 0; i < tables.Length; i++)
        {
            tables[i].AddRange(file[Key(i)].data<float>().ToArray());
        }
    }

    private string Key(int table) => string.Create(CultureInfo.InvariantCulture, $"{name}.{table}");
}
