namespace Harness.Model.Ownership;

/// <summary>A page's life in a case: the kind of VM, and what is done about the page, in order.</summary>
public sealed record Lifecycle(VmKind Vm, ActList Acts)
{
    public override string ToString() => $"life={ActText.Word(Vm)} do={Acts}";
}
