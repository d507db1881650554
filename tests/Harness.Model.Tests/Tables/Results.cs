namespace Harness.Model.Tests.Tables;

/// <summary>How a fault ends.</summary>
public enum FaultEnd : byte
{
    Map,
    Fails,
    Mmio,
    InstructionAbort,
}

/// <summary>Present, absent, or dependent on something that is in no column.</summary>
public enum Answer : byte
{
    No,
    Yes,
    Either,
}

/// <summary>The effect of a permission fault on the existing leaf.</summary>
public enum Relaxation : byte
{
    Add,
    AddWriteSetExecute,
    Keep,
}

/// <summary>The results of a load-exclusive other than success.</summary>
public enum ExclusiveEnd : byte
{
    Works,
    Fails,
    Aborts,
    Again,
}
