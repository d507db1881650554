using Harness.Model.Nesting;

namespace Harness.Cases.Families;

/// <summary>
/// A guest hypervisor's stage 2 over every kind of memory of the host, and its changes and the host's.
/// </summary>
internal static class NestedFamily
{
    private static readonly string[] All =
    [
        // What the guest hypervisor permits, by what its guest does first.
        "plain.invalid,read,write,exec,plain.no,read,write,exec,plain.r,read,write,exec,plain.w,write,read,exec,plain.x,exec,read,write,plain.rw,write,read,exec,plain.rx,exec,read,write,plain.rwx,read,write,exec",
        "plain.r,write,read,plain.r,exec,read,plain.w,read,write,plain.rw,exec,write,plain.rw,read,write,plain.rx,write,exec,plain.rx,read,exec,plain.rwx,exec,write,plain.rwx,write,exec",
        // Its memory types, and its access flag.
        "plain.rwx.nc,read,write,exec,plain.rwx.device,read,write,exec,plain.r.nc,read,write,plain.rwx.unused,read,exec,map-rwx,read,exec",
        // Blocks on either side.
        "plain.rwx.block,read,write,exec,plain.r.block,read,write,plain.invalid.block,read,exec,plain.rx.block,write,exec,log.rwx.block,read,write",
        "huge.rwx.block,read,write,exec,huge.rwx,read,write,huge.r.block,read,write,exec,huge.rw.block,exec,write,huge.rx,exec,write",
        // Memory of other kinds.
        "ro.rwx,read,write,exec,ro.rwx,write,read,ro.r,read,write,ro.r,write,read,ro.rw,exec,write,ro.invalid,write,read",
        "none.rwx,read,write,exec,none.r,read,write,exec,none.w,write,read,none.no,read,write,none.invalid,read,write,exec",
        "log.rwx,read,write,exec,log.rwx,write,log.r,read,write,log.rw,exec,read,write",
        "device.rwx,read,write,exec,device.rwx,exec,device.r,read,write,device.r,write,read,device.rw,exec,read,exec",
        "device.rwx.nc,read,write,device.rwx.block,read,write,device.invalid,read,device.w,write,read",
        "cacheable.rwx,read,write,exec,cacheable.rwx,exec,cacheable.r,read,write,cacheable.rw,exec,write,cacheable.rwx.block,read,cacheable.rwx.device,read",
        // The guest hypervisor changes its descriptor.
        "plain.invalid,read,map-rw,read,write,plain.r,read,write,map-rw,write,plain.rw,read,exec,map-rwx,exec,plain.rwx,write,map-invalid,tlbi,read,plain.rwx,write,map-r,tlbi,write,read,plain.rwx,exec,map-rw,tlbi,exec,read,plain.r,map-rwx,write",
        // Before it invalidates, the old one may be used.
        "plain.rwx,write,map-r,write,tlbi,write,plain.rwx,read,map-invalid,read,tlbi,read,plain.rwx,exec,map-rw,exec,tlbi,exec",
        "huge.rwx.block,write,map-r.block,tlbi,write,read,huge.rwx.block,read,map-invalid.block,read,tlbi,read",
        // An address beyond its stage 2.
        "plain.rwx,read-beyond,read,map-invalid,tlbi,read,read-beyond,plain.invalid,read-beyond,map-r,read-beyond,none.rwx,read-beyond,ro.r,read-beyond",
        // Each of these alone, for a finding.
        "none.r,write",
        "plain.rwx,read-beyond,map-invalid,tlbi,read-beyond",
        // It invalidates everything, and what the host does: all of a shadow goes each time.
        "plain.rwx,read,read-beyond,write,map-r,tlbi-all,read-beyond,write,read",
        "plain.rwx,write,host-protect,read,write,plain.r,read",
        "plain.rwx,write,read-beyond,host-discard,read-beyond,read,plain.rw,write",
        "log.rwx,write,plain.rwx,write,host-delete,read,write,exec,map-r,write",
    ];

    public static CaseFamily Family { get; } =
        new(
            "nested",
            "a guest hypervisor's stage 2: what its guest's accesses come to, and what KVM's shadow of it has",
            () => All.Select(n => new NestedCase(n))
        );
}
