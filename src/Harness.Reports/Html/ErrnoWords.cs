using System.Globalization;

namespace Harness.Reports.Html;

/// <summary>
/// Errno values that KVM and the harness's own system calls return, by name (asm-generic/errno-base.h, errno.h).
/// </summary>
internal static class ErrnoWords
{
    public static string Of(int errno) =>
        errno switch
        {
            0 => "0",
            1 => "EPERM",
            2 => "ENOENT",
            4 => "EINTR",
            5 => "EIO",
            7 => "E2BIG",
            9 => "EBADF",
            11 => "EAGAIN",
            12 => "ENOMEM",
            13 => "EACCES",
            14 => "EFAULT",
            16 => "EBUSY",
            17 => "EEXIST",
            19 => "ENODEV",
            22 => "EINVAL",
            25 => "ENOTTY",
            28 => "ENOSPC",
            34 => "ERANGE",
            38 => "ENOSYS",
            75 => "EOVERFLOW",
            95 => "EOPNOTSUPP",
            _ => errno.ToString(CultureInfo.InvariantCulture),
        };
}
