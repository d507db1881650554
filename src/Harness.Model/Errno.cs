namespace Harness.Model;

/// <summary>
/// The errnos that a decision can end in, by their asm-generic numbers; kernel-internal ones do not fit in a byte.
/// </summary>
public enum Errno : ushort
{
    None = 0,
    EPERM = 1,
    ENOENT = 2,
    EIO = 5,
    ENXIO = 6,
    E2BIG = 7,
    EBADF = 9,
    ENOMEM = 12,
    EFAULT = 14,
    EBUSY = 16,
    EEXIST = 17,
    ENODEV = 19,
    EINVAL = 22,
    ESPIPE = 29,
    ENOSYS = 38,
    EOPNOTSUPP = 95,
    EHWPOISON = 133,
}
