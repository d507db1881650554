using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;

namespace Harness.Model.Tests.Ownership;

/// <summary>
/// Measurements on booted kernels, written by hand: one lifecycle per line, with the outcome of each operation.
/// </summary>
public class Arm64Tests
{
    private static readonly HostFacts Plain = new(Fwb: true, Dic: true);
    private static readonly HostFacts WithoutDic = new(Fwb: false, Dic: false);
    private static readonly HostFacts UnderHypervisor = Plain with { Mode = KvmMode.Protected };

    private static readonly Backing Secret = new(
        VmaKind.Secret,
        KernelMap.Known,
        VmaMemoryType.WriteBack,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    [TestCase(GuestMemoryFlags.None, "create, map-shared, map-private, bind", "done, ENODEV, ENODEV, EINVAL")]
    [TestCase(
        GuestMemoryFlags.Mmap,
        "create, map-private, map-shared, bind, load, store, copy, peek, guest-store, guest-load",
        "done, EINVAL, done, done, SIGBUS BUS_ADRERR, SIGBUS BUS_ADRERR, EFAULT, EIO, done, sees the guest's word"
    )]
    [TestCase(GuestMemoryFlags.InitShared, "create, map-shared, map-private, bind", "done, ENODEV, ENODEV, EINVAL")]
    [TestCase(
        GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared,
        "create, map-private, map-shared, bind, store, guest-load, guest-store, load, copy, peek",
        "done, EINVAL, done, done, done, sees the host's word, done, sees the guest's word, sees the guest's word, sees the guest's word"
    )]
    [TestCase(
        GuestMemoryFlags.Mmap,
        "create, bind, guest-store, punch, guest-load, close-file, guest-load",
        "done, done, done, done, sees zeroes, done, KVM_EXIT_MEMORY_FAULT EFAULT"
    )]
    [TestCase(
        GuestMemoryFlags.Mmap,
        "create, bind, bind-in-other, bind-over, bind-logged, bind-read-only",
        "done, done, EINVAL, EEXIST, EINVAL, EINVAL"
    )]
    [TestCase(
        GuestMemoryFlags.Mmap,
        "create, bind-nothing, bind-file, bind-beyond, bind-unaligned, make-unknown-flag, make-unaligned",
        "done, EBADF, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL"
    )]
    [TestCase(
        GuestMemoryFlags.Mmap,
        "create, allocate, allocate-beyond, allocate-growing, punch-unaligned, punch-beyond, truncate, read-file, write-file",
        "done, done, EINVAL, EOPNOTSUPP, EINVAL, done, EINVAL, ESPIPE, ESPIPE"
    )]
    [TestCase(GuestMemoryFlags.Mmap, "create, destroy", "done, closed but the VM lives on")]
    [TestCase(GuestMemoryFlags.Mmap, "create, close-file, destroy", "done, done, done")]
    [TestCase(
        GuestMemoryFlags.Mmap,
        "create, map-shared, close-file, destroy",
        "done, done, done, closed but the VM lives on"
    )]
    public void Guest_memfd_by_its_flags(GuestMemoryFlags flags, string operations, string outcomes) =>
        Assert.That(
            Follow(Arm64.V6_18, Plain, new Scenario(VmKind.Ordinary, GuestMemory(flags)), operations),
            Is.EqualTo(outcomes)
        );

    [Test]
    public void A_range_of_a_guest_memfd_is_bound_once_and_later_kernels_say_why()
    {
        var setting = new Scenario(VmKind.Ordinary, GuestMemory(GuestMemoryFlags.Mmap));
        Assert.Multiple(() =>
        {
            Assert.That(
                Follow(Arm64.V7_1, Plain, setting, "create, bind, bind-again"),
                Is.EqualTo("done, done, EINVAL")
            );
            Assert.That(
                Follow(Arm64.V7_2, Plain, setting, "create, bind, bind-again"),
                Is.EqualTo("done, done, EEXIST")
            );
        });
    }

    [Test]
    public void Without_DIC_a_fetch_from_a_guest_memfd_after_data_made_no_progress_before_7_1()
    {
        var setting = new Scenario(VmKind.Ordinary, GuestMemory(GuestMemoryFlags.Mmap));
        const string Operations = "create, bind, guest-load, guest-fetch";
        Assert.Multiple(() =>
        {
            Assert.That(
                Follow(Arm64.V6_18, WithoutDic, setting, Operations),
                Does.EndWith("the guest faults for ever")
            );
            Assert.That(Follow(Arm64.V6_18, Plain, setting, Operations), Does.EndWith("sees zeroes"));
            Assert.That(Follow(Arm64.V7_1, WithoutDic, setting, Operations), Does.EndWith("sees zeroes"));
            Assert.That(
                Follow(Arm64.V6_18, WithoutDic, setting, "create, bind, guest-fetch, guest-fetch"),
                Does.EndWith("sees zeroes")
            );
        });
    }

    [TestCase(
        "create, bind, store, guest-load, load, store, copy",
        "done, done, done, sees the host's word, SIGSEGV SEGV_ACCERR, SIGSEGV SEGV_ACCERR, EFAULT",
        TestName = "What it touches it takes"
    )]
    [TestCase(
        "create, bind, guest-store, guest-share, load, store, guest-load, guest-unshare, load, guest-load",
        "done, done, done, done, sees the guest's word, done, sees the host's word, done, SIGSEGV SEGV_ACCERR, sees the host's word",
        TestName = "What it lends the host has"
    )]
    [TestCase(
        "create, bind, guest-share, guest-share, guest-unshare, guest-unshare",
        "done, done, done, the hypercall returns -3, done, the hypercall returns -3",
        TestName = "Nothing is lent twice"
    )]
    [TestCase(
        "create, bind, guest-unshare, load, guest-load",
        "done, done, the hypercall returns -3, sees zeroes, sees zeroes",
        TestName = "What it never had it can't take back"
    )]
    [TestCase(
        "create, bind, guest-store, peek, load, store, guest-share, guest-unshare, guest-load, load",
        "done, done, done, sees zeroes, sees zeroes, done, the hypercall returns -3, the hypercall returns -3, KVM_RUN fails with EFAULT, sees the host's word",
        TestName = "Taken by force, it is empty and lost"
    )]
    [TestCase(
        "create, bind, guest-store, destroy, load, copy, peek",
        "done, done, done, done, sees zeroes, sees zeroes, sees zeroes",
        TestName = "What it owned comes back empty"
    )]
    [TestCase(
        "create, bind, guest-store, guest-share, destroy, load",
        "done, done, done, done, done, sees the guest's word",
        TestName = "What it lent comes back as it was"
    )]
    [TestCase(
        "create, bind-logged, bind-read-only, bind, bind-logged, bind-read-only, unbind",
        "done, EPERM, EPERM, done, EPERM, EINVAL, done",
        TestName = "Its slots are plain"
    )]
    [TestCase(
        "create, bind, guest-load, unbind",
        "done, done, sees zeroes, EPERM",
        TestName = "Its slots are for good once it ran"
    )]
    [TestCase(
        "create, bind, bind-in-other, guest-load, other-load",
        "done, done, done, sees zeroes, KVM_RUN fails with EPERM",
        TestName = "What one took no other gets"
    )]
    [TestCase(
        "create, bind, bind-in-other, other-load, load, guest-load",
        "done, done, done, sees zeroes, SIGSEGV SEGV_ACCERR, KVM_RUN fails with EPERM",
        TestName = "Nor the first from the second"
    )]
    public void A_protected_VM(string operations, string outcomes) =>
        Assert.That(
            Follow(Arm64.V7_1, UnderHypervisor, new Scenario(VmKind.Protected, Backing.Plain), operations),
            Is.EqualTo(outcomes)
        );

    [Test]
    public void A_protected_VM_takes_only_memory_that_can_be_pinned()
    {
        var driver = new Backing(
            VmaKind.PfnMap,
            KernelMap.Unknown,
            VmaMemoryType.NonCacheable,
            Sharing.Shared,
            AllowAnyUncached: false
        );
        foreach (
            var backing in new[] { Secret, driver, GuestMemory(GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared) }
        )
            Assert.That(
                Follow(
                    Arm64.V7_1,
                    UnderHypervisor,
                    new Scenario(VmKind.Protected, backing),
                    "create, bind, guest-load"
                ),
                Is.EqualTo("done, done, KVM_RUN fails with EFAULT"),
                backing.ToString()
            );
        Assert.That(
            Follow(
                Arm64.V7_1,
                UnderHypervisor,
                new Scenario(VmKind.Protected, Backing.Plain, Writable: false),
                "create, bind, guest-load"
            ),
            Is.EqualTo("done, done, KVM_RUN fails with EFAULT")
        );
    }

    [Test]
    public void There_are_protected_VMs_from_7_1_on_and_only_under_the_hypervisor()
    {
        var setting = new Scenario(VmKind.Protected, Backing.Plain);
        Assert.Multiple(() =>
        {
            Assert.That(Follow(Arm64.V6_18, UnderHypervisor, setting, "create"), Is.EqualTo("EINVAL"));
            Assert.That(Follow(Arm64.V7_1, Plain, setting, "create"), Is.EqualTo("EINVAL"));
            Assert.That(Follow(Arm64.V7_1, UnderHypervisor, setting, "create"), Is.EqualTo("done"));
        });
    }

    [Test]
    public void Steps_of_a_VM_that_was_not_created_are_not_run() =>
        Assert.That(
            Follow(
                Arm64.V6_1,
                Plain,
                new Scenario(VmKind.Ordinary, GuestMemory(GuestMemoryFlags.Mmap)),
                "create, bind, guest-load"
            ),
            Is.EqualTo("EINVAL")
        );

    [Test]
    public void Secret_memory_is_the_process_s_and_no_guest_s() =>
        Assert.That(
            Follow(
                Arm64.V6_1,
                Plain,
                new Scenario(VmKind.Ordinary, Secret),
                "create, store, bind, load, copy, peek, guest-load, load"
            ),
            Is.EqualTo(
                "done, done, done, sees the host's word, sees the host's word, EIO, KVM_RUN fails with EFAULT, sees the host's word"
            )
        );

    [Test]
    public void An_ordinary_VM_leaves_what_it_wrote()
    {
        foreach (var host in new[] { Plain, UnderHypervisor })
            Assert.That(
                Follow(
                    Arm64.V7_2,
                    host,
                    new Scenario(VmKind.Ordinary, Backing.Plain),
                    "create, bind, guest-store, load, guest-share, destroy, load"
                ),
                Is.EqualTo(
                    "done, done, done, sees the guest's word, the hypercall returns -1, done, sees the guest's word"
                )
            );
    }

    private static Backing GuestMemory(GuestMemoryFlags flags) =>
        new(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false)
        {
            GuestMemory = flags,
        };

    /// <summary>Commas inside an outcome are removed, since outcomes are separated by commas.</summary>
    private static string Follow(Machine machine, HostFacts host, Scenario setting, string operations) =>
        string.Join(
            ", ",
            machine
                .Follow(
                    host,
                    setting,
                    new OperationList([.. operations.Split(", ").Select(a => OperationText.Find(a)!.Value)])
                )
                .Select(s => s.Outcome.ToString().Replace(",", "", StringComparison.Ordinal))
        );
}
