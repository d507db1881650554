namespace Harness.Cases.Guest;

/// <summary>The width of a load or store. The value is its size field, log2 of the bytes.</summary>
public enum Width
{
    Byte = 0,
    Half = 1,
    Word = 2,
    Double = 3,
}

/// <summary>Condition codes, Arm ARM C1.2.4.</summary>
public enum Condition
{
    Equal = 0,
    NotEqual = 1,
    CarrySet = 2,
    CarryClear = 3,
    Minus = 4,
    Plus = 5,
    Overflow = 6,
    NoOverflow = 7,
    Higher = 8,
    LowerOrSame = 9,
    GreaterOrEqual = 10,
    Less = 11,
    Greater = 12,
    LessOrEqual = 13,
}

/// <summary>The domain of a barrier: the CRm field of DSB and DMB.</summary>
public enum BarrierDomain
{
    NonShareable = 7,
    InnerShareable = 11,
    FullSystem = 15,
}
