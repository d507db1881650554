using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Harness.Store;

/// <summary>
/// Binds ADO.NET to the system's SQLite. The provider package asks for a library of another name, which it would bring
/// along in an old version; the system's is maintained, and new enough for STRICT tables (3.37).
/// </summary>
internal static class SqliteLibrary
{
    private const string Name = "libsqlite3.so.0";

    private static readonly Lazy<string?> s_fault = new(Bind);

    /// <exception cref="StoreException">The library is missing or too old.</exception>
    public static void Require()
    {
        if (s_fault.Value is { } fault)
            throw new StoreException(fault);
    }

    private static string? Bind()
    {
        if (!NativeLibrary.TryLoad(Name, out nint library))
            return $"SQLite is not installed: {Name} was not found (Debian's package is libsqlite3-0)";
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly,
            (string name, Assembly _, DllImportSearchPath? _) => name == "e_sqlite3" ? library : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return raw.sqlite3_libversion_number() >= 3037000
            ? null
            : $"SQLite {raw.sqlite3_libversion().utf8_to_string()} is too old: 3.37 or newer is needed";
    }
}
