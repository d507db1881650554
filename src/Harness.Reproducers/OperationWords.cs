using Harness.Model.Ownership;

namespace Harness.Reproducers;

/// <summary>Describes operations in sentences, for readers who don't know their words.</summary>
internal static class OperationWords
{
    public static string Of(Operation operation) =>
        operation switch
        {
            Operation.Create => "the VM is made, and where the memory is a guest_memfd, that too",
            Operation.MakeUnknownFlag => "a guest_memfd is created with an undefined flag",
            Operation.MakeUnaligned => "a guest_memfd is created with a size that is not a multiple of the page size",
            Operation.MapShared => "the process maps the guest_memfd, MAP_SHARED",
            Operation.MapPrivate => "the process maps the guest_memfd, MAP_PRIVATE",
            Operation.Bind => "the memslot is set up over the memory",
            Operation.BindAgain =>
                "a second memslot, at other guest physical addresses, is set up over the same memory",
            Operation.BindOver =>
                "a second memslot, over other memory, is set up at the first one's guest physical addresses",
            Operation.BindInOther => "a memslot of a second VM is set up over the same memory",
            Operation.BindNothing => "the memslot is set with a descriptor that is not open",
            Operation.BindFile => "the memslot is set with a descriptor that is not a guest_memfd",
            Operation.BindBeyond => "a memslot is set that ends beyond the guest_memfd",
            Operation.BindUnaligned =>
                "a memslot is set with an offset in the guest_memfd that is not a multiple of the page size",
            Operation.BindWindow => "a memslot of plain memory is set up over the process's mapping of the guest_memfd",
            Operation.BindLogged => "the memslot is set with KVM_MEM_LOG_DIRTY_PAGES",
            Operation.BindReadOnly => "the memslot is set with KVM_MEM_READONLY",
            Operation.Unbind => "the memslot is deleted",
            Operation.Punch => "the page is punched out of the guest_memfd, by fallocate(2)",
            Operation.PunchUnaligned => "a hole is punched from an offset that is no whole number of pages",
            Operation.PunchBeyond => "a hole is punched behind the end of the guest_memfd",
            Operation.Allocate => "the page is allocated, by fallocate(2)",
            Operation.AllocateBeyond => "a page behind the end of the guest_memfd is allocated",
            Operation.AllocateGrowing => "the page is allocated without FALLOC_FL_KEEP_SIZE",
            Operation.Truncate => "the guest_memfd is to have another size, by ftruncate(2)",
            Operation.ReadFile => "the guest_memfd is read, by pread(2)",
            Operation.WriteFile => "the guest_memfd is written, by pwrite(2)",
            Operation.CloseFile => "the guest_memfd's descriptor is closed",
            Operation.Destroy => "the descriptors of vCPUs and VMs are closed, those of the memory are not",
            Operation.Load => "the process loads from the page",
            Operation.Store => "the process stores to the page",
            Operation.Copy => "a system call copies from the page: write(2) to a pipe",
            Operation.Peek => "the kernel reads the page by its own mapping: pread(2) of /proc/self/mem",
            Operation.GuestLoad => "the guest loads from the page",
            Operation.GuestStore => "the guest stores to the page",
            Operation.GuestFetch =>
                "the guest branches to the page (it may hold zeroes, UDF #0: an undefined instruction is success)",
            Operation.GuestShare => "the guest's hypercall MEM_SHARE: the host may have the page, too",
            Operation.GuestUnshare => "the guest's hypercall MEM_UNSHARE",
            Operation.GuestLdp =>
                "the guest loads two registers with one LDP from the page's address, where no slot is",
            Operation.OtherLoad => "the second VM's guest loads from the page",
            _ => "no program does this: it is a model's alone",
        };
}
