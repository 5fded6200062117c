using Fer.Models;
using Microsoft.Data.Sqlite;

namespace Fer.Actors.Storage;

/// <summary>SQLite's native library, which comes with the program.</summary>
public static class SqliteLibrary
{
    /// <summary>Loads it now, so that trouble ends in one sentence and not in a type initialiser.</summary>
    /// <exception cref="BadInputException">It cannot be loaded.</exception>
    public static void Require()
    {
        try
        {
            using var connection = new SqliteConnection("Data Source=:memory:");
            connection.Open();
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException)
        {
            throw new BadInputException($"SQLite cannot be loaded: its library e_sqlite3 is not in {AppContext.BaseDirectory} or below it, or does not fit this system; build or publish again to bring it there.", e);
        }
    }
}
