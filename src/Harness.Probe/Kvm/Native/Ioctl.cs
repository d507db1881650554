namespace Harness.Probe.Kvm.Native;

/// <summary>
/// Request numbers, computed as in include/uapi/asm-generic/ioctl.h from direction, size, type and number: a struct of
/// the wrong size gives an unknown number.
/// </summary>
public static unsafe class Ioctl
{
    private const int NumberBits = 8;
    private const int TypeBits = 8;
    private const int SizeBits = 14;

    public static nuint None(byte type, byte number) => Make(0, type, number, 0);

    public static nuint Write<T>(byte type, byte number)
        where T : unmanaged => Make(1, type, number, sizeof(T));

    public static nuint Read<T>(byte type, byte number)
        where T : unmanaged => Make(2, type, number, sizeof(T));

    public static nuint ReadWrite<T>(byte type, byte number)
        where T : unmanaged => Make(3, type, number, sizeof(T));

    private static nuint Make(uint direction, byte type, byte number, int size) =>
        direction << (NumberBits + TypeBits + SizeBits)
        | (uint)size << (NumberBits + TypeBits)
        | (uint)type << NumberBits
        | number;
}
