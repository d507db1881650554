using Harness.Model.Ownership;

namespace Harness.Reproducers;

/// <summary>Acts in sentences, for who doesn't know their words.</summary>
internal static class ActWords
{
    public static string Of(Act act) => act switch
    {
        Act.Create => "the VM is made, and where the memory is a guest_memfd, that too",
        Act.MakeUnknownFlag => "a guest_memfd is asked for with a flag that no kernel knows",
        Act.MakeUnaligned => "a guest_memfd is asked for whose size is no whole number of pages",
        Act.MapShared => "the process maps the guest_memfd, MAP_SHARED",
        Act.MapPrivate => "the process maps the guest_memfd, MAP_PRIVATE",
        Act.Bind => "the memslot is set up over the memory",
        Act.BindAgain => "a second memslot, at other guest physical addresses, is set up over the same memory",
        Act.BindOver => "a second memslot, over other memory, is set up at the first one's guest physical addresses",
        Act.BindInOther => "a memslot of a second VM is set up over the same memory",
        Act.BindNothing => "the memslot is asked for with a descriptor that is not open",
        Act.BindFile => "the memslot is asked for with a descriptor that is no guest_memfd's",
        Act.BindBeyond => "a memslot is asked for that ends behind the guest_memfd",
        Act.BindUnaligned => "a memslot is asked for whose offset in the guest_memfd is no whole number of pages",
        Act.BindWindow => "a memslot of plain memory is set up over the process's mapping of the guest_memfd",
        Act.BindLogged => "the memslot is asked for with KVM_MEM_LOG_DIRTY_PAGES",
        Act.BindReadOnly => "the memslot is asked for with KVM_MEM_READONLY",
        Act.Unbind => "the memslot is deleted",
        Act.Punch => "the page is punched out of the guest_memfd, by fallocate(2)",
        Act.PunchUnaligned => "a hole is punched from an offset that is no whole number of pages",
        Act.PunchBeyond => "a hole is punched behind the end of the guest_memfd",
        Act.Allocate => "the page is allocated, by fallocate(2)",
        Act.AllocateBeyond => "a page behind the end of the guest_memfd is allocated",
        Act.AllocateGrowing => "the page is allocated without FALLOC_FL_KEEP_SIZE",
        Act.Truncate => "the guest_memfd is to have another size, by ftruncate(2)",
        Act.ReadFile => "the guest_memfd is read, by pread(2)",
        Act.WriteFile => "the guest_memfd is written, by pwrite(2)",
        Act.CloseFile => "the guest_memfd's descriptor is closed",
        Act.Destroy => "the descriptors of vCPUs and VMs are closed, those of the memory are not",
        Act.Load => "the process loads from the page",
        Act.Store => "the process stores to the page",
        Act.Copy => "a system call copies from the page: write(2) to a pipe",
        Act.Peek => "the kernel reads the page by its own mapping: pread(2) of /proc/self/mem",
        Act.GuestLoad => "the guest loads from the page",
        Act.GuestStore => "the guest stores to the page",
        Act.GuestFetch => "the guest branches to the page (it may hold zeroes, UDF #0: an undefined instruction is success)",
        Act.GuestShare => "the guest's hypercall MEM_SHARE: the host may have the page, too",
        Act.GuestUnshare => "the guest's hypercall MEM_UNSHARE",
        Act.GuestLdp => "the guest loads two registers with one LDP from the page's address, where no slot is",
        Act.OtherLoad => "the second VM's guest loads from the page",
        _ => "no program does this: it is a model's alone",
    };
}
