namespace Harness.Model.Ownership;

/// <summary>A page's lifecycle in a case: the kind of VM, and what is done about the page, in order.</summary>
public sealed record Lifecycle(VmKind Vm, OperationList Operations)
{
    public override string ToString() => $"life={OperationText.Word(Vm)} do={Operations}";
}
