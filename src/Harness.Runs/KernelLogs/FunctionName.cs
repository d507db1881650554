using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>Names of kernel functions as titles have them.</summary>
internal static partial class FunctionName
{
    // What compilers add for parts and copies of a function.
    [GeneratedRegex(
        @"\.(?:constprop|isra|part|cold|llvm|lto_priv|clone)(?:\.\d+)*(?=\.|$)|\.(?:cold|\d+)(?=\.|$)",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Suffix();

    // The wrappers of system calls: include/linux/syscalls.h and asm/syscall_wrapper.h.
    [GeneratedRegex(
        @"^(?:__(?:arm64|x64|ia32|riscv|s390x?|se|do)_(?:compat_)?sys_|__x32_compat_sys_|SyS_|SYSC_|C_SYSC_|compat_SyS_)",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Call();

    // Itanium C++ ABI, 5.1: _Z, the length of the name, the name.
    [GeneratedRegex(@"^_Z(?<length>\d+)(?<rest>\w+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Mangled();

    public static string Of(string symbol)
    {
        if (
            Mangled().Match(symbol) is { Success: true } mangled
            && int.TryParse(mangled.Groups["length"].ValueSpan, out int length)
            && length <= mangled.Groups["rest"].Length
        )
            return mangled.Groups["rest"].Value[..length];
        string name = symbol.Contains('.') ? Suffix().Replace(symbol, "") : symbol;
        return Call().Replace(name, "sys_");
    }
}
