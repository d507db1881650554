using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>
/// The host kernel's own accesses to a page through the direct map, on mainline of every version. A probe can't direct
/// them at a page, so they are kept apart from the machines that judge cases.
/// </summary>
internal static class KernelSide
{
    private const string NoAim =
        "the kernel reads beyond the end of its buffer: no system call can direct that at a chosen page";
    private const string Hibernation = "it stops the machine that the probe runs on";

    private const string WordAtATime = "arch/arm64/include/asm/word-at-a-time.h";

    private static readonly Transition[] Transitions =
    [
        new(
            "stray-into-secret",
            new Source(
                "load_unaligned_zeropad",
                WordAtATime,
                "6.1",
                "EX_TYPE_LOAD_UNALIGNED_ZEROPAD: ex_handler_load_unaligned_zeropad()"
            ),
            "an unaligned word load into the hole that secret memory leaves in the direct map is filled up with zeroes",
            static (in m) => m.Operation == Operation.Stray && m.Backing.Kind == VmaKind.Secret,
            static (in _, ref _) => OperationOutcome.Done
        )
        {
            NotByUserspace = NoAim,
        },
        new(
            "stray",
            new Source("load_unaligned_zeropad", WordAtATime, "6.1"),
            "an unaligned word load into a page that the host can access is done, and the excess dropped",
            static (in m) => m.Operation == Operation.Stray && m.Page.HostHas,
            static (in _, ref _) => OperationOutcome.Done
        )
        {
            NotByUserspace = NoAim,
        },
        new(
            "hibernate-secret",
            new Source("hibernation_available", "kernel/power/hibernate.c", "6.1", "secretmem_active(): -EPERM"),
            "while there is secret memory the machine doesn't hibernate: the image would contain it",
            static (in m) => m.Operation == Operation.Hibernate && m.Backing.Kind == VmaKind.Secret,
            Refuse(Errno.EPERM)
        )
        {
            NotByUserspace = Hibernation,
        },
        new(
            "hibernate",
            new Source(
                "safe_copy_page",
                "kernel/power/snapshot.c",
                "6.1",
                "kernel_page_present(s_page): do_copy_page()"
            ),
            "pages that the host can access are copied",
            static (in m) => m.Operation == Operation.Hibernate && !m.UnderHypervisor && m.Page.HostHas,
            static (in _, ref _) => OperationOutcome.Done
        )
        {
            NotByUserspace = Hibernation,
        },
    ];

    /// <summary>"mainline-7.1".</summary>
    public static string Name(Machine machine) =>
        machine.Name.Replace("ownership-", "mainline-", StringComparison.Ordinal);

    /// <summary>The machine with the kernel's own accesses.</summary>
    public static Machine With(Machine machine) =>
        machine.As(Name(machine), machine.Summary).Before(machine.Transitions[0].Name, Transitions);
}
