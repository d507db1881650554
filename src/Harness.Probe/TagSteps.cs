using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Memory tags of a VM, through KVM.</summary>
internal sealed unsafe class TagSteps(Variables variables)
{
    private const int Granule = 16; // MTE_GRANULE_SIZE
    private const ulong FromGuest = 1; // KVM_ARM_TAGS_FROM_GUEST
    private const ulong MostRoom = 1 << 20;

    public CopyTagsResult Copy(CopyTagsStep step)
    {
        var vm = variables.Get<KvmVm>(step.Vm);
        if (step.Room > MostRoom)
            throw new ProtocolException($"a buffer of {step.Room} bytes is larger than {MostRoom}");
        nuint page = (nuint)Libc.getpagesize();
        nuint room = ((nuint)step.Room + page - 1) / page * page;
        // The page behind the buffer can't be accessed.
        var buffer = (byte*)Libc.mmap(null, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (buffer == (byte*)-1)
            return new CopyTagsResult { Errno = Libc.Error() };
        try
        {
            if (Libc.mprotect(buffer + room, page, PROT_NONE) != 0)
                return new CopyTagsResult { Errno = Libc.Error() };
            byte* tags = buffer + room - step.Room;
            new Span<byte>(tags, (int)step.Room).Fill(step.Tag);
            var request = new KvmArmCopyMteTags
            {
                GuestAddress = step.Gpa,
                Length = step.Length,
                Address = step.Room == 0 ? 0 : (ulong)tags,
                Flags = step.Flags,
            };
            request.Reserved[0] = step.Reserved;
            int bytes = vm.CopyTags(request);
            if (bytes < 0)
                return new CopyTagsResult { Errno = -bytes };
            if ((ulong)bytes / Granule > step.Room)
                throw new ProtocolException($"a buffer of {step.Room} bytes has no room for the tags of {bytes}");
            return new CopyTagsResult(
                (ulong)bytes,
                (step.Flags & FromGuest) == 0 ? null : Runs(new ReadOnlySpan<byte>(tags, bytes / Granule))
            );
        }
        finally
        {
            Libc.munmap(buffer, room + page);
        }
    }

    public SaveTagsResult Save(SaveTagsStep step)
    {
        if (step.Length > MostRoom * Granule)
            throw new ProtocolException($"the tags of {step.Length} bytes are more than {MostRoom}");
        var tags = new byte[step.Length / Granule];
        int errno = CopyAll(step.Vm, step.Gpa, tags, FromGuest);
        return errno == 0 ? new SaveTagsResult(tags) : new SaveTagsResult { Errno = errno };
    }

    public RestoreTagsResult Restore(RestoreTagsStep step) =>
        new() { Errno = CopyAll(step.Vm, step.Gpa, step.Tags, flags: 0) };

    /// <summary>Again and again, since a call that is interrupted by an error returns how far it came.</summary>
    private int CopyAll(string vm, ulong gpa, byte[] tags, ulong flags)
    {
        fixed (byte* start = tags)
        {
            for (int done = 0; done < tags.Length; )
            {
                int bytes = variables
                    .Get<KvmVm>(vm)
                    .CopyTags(
                        new KvmArmCopyMteTags
                        {
                            GuestAddress = gpa + (ulong)done * Granule,
                            Length = (ulong)(tags.Length - done) * Granule,
                            Address = (ulong)(start + done),
                            Flags = flags,
                        }
                    );
                if (bytes <= 0)
                    return bytes == 0 ? EIO : -bytes;
                done += bytes / Granule;
            }
        }
        return 0;
    }

    private static List<TagRun> Runs(ReadOnlySpan<byte> tags)
    {
        var runs = new List<TagRun>();
        foreach (byte tag in tags)
        {
            if (runs.Count > 0 && runs[^1].Tag == tag)
                runs[^1] = runs[^1] with { Count = runs[^1].Count + 1 };
            else
                runs.Add(new TagRun(tag, 1));
        }
        return runs;
    }
}
