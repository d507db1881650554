using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Tests.Kvm;

/// <summary>
/// Statements about C declarations, checked by the arm64 cross compiler with the C library's headers and those of a
/// recent kernel. Independent of NUnit, so that any project's tests can prove their own declarations with it.
/// </summary>
internal sealed class CProof
{
    private const BindingFlags Any =
        BindingFlags.Static
        | BindingFlags.Instance
        | BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private readonly SortedSet<string> _headers = new(StringComparer.Ordinal);
    private readonly List<(string Condition, string Subject)> _statements = [];

    /// <summary>How many statements the compiler checks.</summary>
    public int Count => _statements.Count;

    /// <summary>A C integer constant expression has this value, compared as 64 bits.</summary>
    public void Value(string expression, string header, ulong value)
    {
        _headers.Add(header);
        _statements.Add(
            ($"(unsigned long)({expression}) == {value.ToString(CultureInfo.InvariantCulture)}ul", expression)
        );
    }

    /// <summary>Size of the struct, and offset and size of each of its fields.</summary>
    public void Layout(Type type)
    {
        var c = type.GetCustomAttribute<CStructAttribute>()!;
        Value($"sizeof({c.Name})", c.Header, SizeOf(type));
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            string member = field.GetCustomAttribute<CFieldAttribute>()!.Name;
            Value($"__builtin_offsetof({c.Name}, {member})", c.Header, (ulong)Marshal.OffsetOf(type, field.Name));
            Value($"sizeof((({c.Name} *)0)->{member})", c.Header, SizeOf(field.FieldType));
        }
    }

    /// <summary>
    /// The types of the assembly of <paramref name="one"/> that are in its namespace, or in one below.
    /// </summary>
    public static IEnumerable<Type> TypesBeside(Type one) =>
        one
            .Assembly.GetTypes()
            .Where(t =>
                t.Namespace == one.Namespace
                || t.Namespace?.StartsWith(one.Namespace + ".", StringComparison.Ordinal) == true
            );

    /// <summary>Everything that the types declare with attributes.</summary>
    public void Declarations(IEnumerable<Type> types)
    {
        foreach (var type in types)
        {
            if (type.IsDefined(typeof(CStructAttribute)))
                Layout(type);
            foreach (var member in type.GetMembers(Any))
                if (member.GetCustomAttribute<CConstantAttribute>() is { } c)
                    Value(c.Name, c.Header, ValueOf(member));
        }
    }

    /// <summary>Declarations that look like C's but have no attribute: nothing proves them.</summary>
    public static IEnumerable<string> Unproved(IEnumerable<Type> types)
    {
        foreach (var type in types.Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute))))
        {
            bool isStruct =
                type is { IsValueType: true, IsEnum: false }
                && type.Namespace?.EndsWith(".Native", StringComparison.Ordinal) == true;
            if (isStruct && !type.IsDefined(typeof(CStructAttribute)))
                yield return type.Name;
            foreach (var member in type.GetMembers(Any))
            {
                if (type.IsDefined(typeof(CStructAttribute)) && member is FieldInfo { IsStatic: false })
                {
                    if (!member.IsDefined(typeof(CFieldAttribute)))
                        yield return $"{type.Name}.{member.Name}";
                }
                else if (IsNumber(member) && !member.IsDefined(typeof(CConstantAttribute)))
                {
                    yield return $"{type.Name}.{member.Name}";
                }
            }
        }
    }

    /// <summary>Null if every statement holds; else the compiler's output.</summary>
    /// <param name="includes">Folders searched before the C library's own.</param>
    public string? Refutation(params string[] includes)
    {
        var source = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n");
        foreach (string header in _headers)
            source.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
        foreach (var (condition, subject) in _statements)
            source.Append(CultureInfo.InvariantCulture, $"_Static_assert({condition}, \"{subject}\");\n");
        var start = new ProcessStartInfo("aarch64-linux-gnu-gcc")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        foreach (
            string argument in (string[])
                ["-std=gnu11", "-fsyntax-only", "-fmax-errors=0", .. includes.Select(i => "-isystem" + i), "-xc", "-"]
        )
            start.ArgumentList.Add(argument);
        using var compiler = Process.Start(start)!;
        var errors = compiler.StandardError.ReadToEndAsync();
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        string said = errors.GetAwaiter().GetResult();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? null : said;
    }

    private static bool IsNumber(MemberInfo member) =>
        member switch
        {
            FieldInfo { IsLiteral: true, IsPrivate: false } f => IsNumber(f.FieldType),
            PropertyInfo { GetMethod: { IsStatic: true, IsPrivate: false } } p => IsNumber(p.PropertyType),
            _ => false,
        };

    private static bool IsNumber(Type type) => type.IsPrimitive && type != typeof(bool) && type != typeof(char);

    private static ulong ValueOf(MemberInfo member) =>
        Bits(member is FieldInfo f ? f.GetValue(null)! : ((PropertyInfo)member).GetValue(null)!);

    private static ulong Bits(object number) =>
        number switch
        {
            nuint n => n,
            ulong n => n,
            _ => unchecked((ulong)Convert.ToInt64(number, CultureInfo.InvariantCulture)),
        };

    private static ulong SizeOf(Type type) =>
        (ulong)(int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
