namespace Harness.Model.Tests.Tables;

/// <summary>How a fault ends.</summary>
public enum FaultEnd : byte
{
    Map,
    Fails,
    Mmio,
    InstructionAbort,
}

/// <summary>What is there, or isn't, or hangs on what no column says.</summary>
public enum Answer : byte
{
    No,
    Yes,
    Either,
}

/// <summary>What a permission fault makes of the leaf that it met.</summary>
public enum Relaxation : byte
{
    Add,
    AddWriteSetExecute,
    Keep,
}

/// <summary>What a load-exclusive may meet beside success.</summary>
public enum ExclusiveEnd : byte
{
    Works,
    Fails,
    Aborts,
    Again,
}
