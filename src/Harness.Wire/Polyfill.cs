#if NETFRAMEWORK
// What the C# compiler asks the runtime for and .NET Framework 4.7.2 (Mono on the target) lacks.
namespace System.Runtime.CompilerServices;

internal static class IsExternalInit;
#endif
