using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>The registers of a vCPU that steps set and get by name.</summary>
[JsonConverter(typeof(SnakeCaseEnum<GuestRegister>))]
public enum GuestRegister
{
    X0,
    X1,
    X2,
    X3,
    X4,
    X5,
    X6,
    X7,
    X8,
    X9,
    X10,
    X11,
    X12,
    X13,
    X14,
    X15,
    X16,
    X17,
    X18,
    X19,
    X20,
    X21,
    X22,
    X23,
    X24,
    X25,
    X26,
    X27,
    X28,
    X29,
    X30,
    Sp,
    Pc,
    Pstate,
    SpEl1,
    ElrEl1,
    VbarEl1,
    SctlrEl1,
    CtrEl0,
    IdAa64mmfr0El1,
    IdAa64mmfr1El1,
    IdAa64mmfr2El1,
    IdAa64pfr1El1,
}

/// <summary>The names of registers.</summary>
public static class GuestRegisterNames
{
    /// <summary>"x10", "vbar_el1".</summary>
    public static string Name(this GuestRegister register) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(register.ToString());
}
