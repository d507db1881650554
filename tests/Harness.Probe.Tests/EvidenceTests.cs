using System.Text;
using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>The parsers of trace lines, of the kernel log and of BTF, with bytes as kernels produce them.</summary>
public class EvidenceTests
{
    [Test]
    public void An_event_has_its_name_and_its_arguments() =>
        Assert.That(
            TraceLine.Event(
                "kvm_pgtable_stage2_map: (kvm_pgtable_stage2_map+0x0/0x1e8) addr=0x40000000 size=0x1000 phys=0xa0000000 prot=0xffffffffffffffff"
            ),
            Is.EqualTo(new TraceEvent("kvm_pgtable_stage2_map", 0x40000000, 0x1000, 0xa0000000, ulong.MaxValue))
        );

    [Test]
    public void A_return_event_has_its_value() =>
        Assert.That(
            TraceLine.Event("kvm_handle_guest_abort: (handle_exit+0x60/0x138 <- kvm_handle_guest_abort) ret=-14"),
            Is.EqualTo(new TraceEvent("kvm_handle_guest_abort", Ret: -14))
        );

    [TestCase("")]
    [TestCase("kvm_pgtable_stage2_map")]
    [TestCase("kvm_pgtable_stage2_map: (x+0x0/0x1) addr=(fault)")]
    [TestCase("kvm_pgtable_stage2_map: (x+0x0/0x1) addr=0x")]
    [TestCase("kvm_pgtable_stage2_map: (x+0x0/0x1) addr=0x11112222333344445")]
    [TestCase("kvm_pgtable_stage2_map: (x+0x0/0x1) other=0x1")]
    public void An_incomplete_trace_line_is_not_an_event(string line) => Assert.That(TraceLine.Event(line), Is.Null);

    [TestCase("CPU:1 [LOST 12 EVENTS]", 12)]
    [TestCase("CPU:0 [LOST EVENTS]", 1)]
    public void Lost_events_are_counted(string line, long count) =>
        Assert.That(TraceLine.Lost(line), Is.EqualTo(count));

    [Test]
    public void An_event_is_not_a_lost_one() => Assert.That(TraceLine.Lost("a: (b) c=1"), Is.Null);

    [TestCase(
        "6,339,5140900,-;kvm [1]: VHE mode initialized successfully\n SUBSYSTEM=x\n",
        "kvm [1]: VHE mode initialized successfully"
    )]
    [TestCase("4,1,2,-;a;b", "a;b")]
    public void The_text_of_a_log_record_is_what_the_kernel_said(string record, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(record + "left over from the record before");
        Assert.That(KernelLog.TextOf(bytes, record.Length), Is.EqualTo(text));
    }

    [Test]
    public void An_enum_is_found_behind_types_of_every_kind()
    {
        var btf = new Btf();
        btf.Type("", 1, 0, 4, 0); // int
        btf.Type("", 2, 0, 1); // pointer
        btf.Type("", 3, 0, 0, 0, 0, 0); // array: three words
        btf.Type("s", 4, 2, 8, 0, 0, 0, 0, 0, 0); // struct of two members, three words each
        btf.Type("prot_not", 6, 1, 4, btf.Name("A"), 1); // enum
        btf.Type("f", 13, 1, 0, 0, 0); // function prototype of one parameter
        btf.Type("v", 14, 0, 1, 0); // variable
        btf.Type("d", 15, 1, 4, 0, 0, 0); // data section
        btf.Type("t", 17, 0, 1, 0); // tag
        btf.Type("prot", 19, 3, 8, btf.Name("PX"), 1, 0, btf.Name("W"), 4, 0, btf.Name("SW0"), 0, 1 << 23); // enum64
        Assert.That(
            Find(btf.Bytes(), "prot", out string? error),
            Is.EqualTo(Fields.Of(("PX", 1), ("W", 4), ("SW0", 1UL << 55))),
            error
        );
        Assert.That(Find(btf.Bytes(), "prot_not", out _), Is.EqualTo(Fields.Of(("A", 1))));
    }

    [Test]
    public void Invalid_BTF_or_a_missing_enum_is_an_error_with_reason()
    {
        var btf = new Btf();
        btf.Type("x", 6, 0, 4);
        Assert.That(Find(btf.Bytes(), "prot", out string? error), Is.Null);
        Assert.That(error, Is.EqualTo("no enum prot"));
        btf.Type("y", 25, 0, 4);
        Assert.That(Find(btf.Bytes(), "prot", out error), Is.Null);
        Assert.That(error, Is.EqualTo("a BTF kind unknown here: 25"));
        Assert.That(Find(new byte[100], "prot", out error), Is.Null);
        Assert.That(error, Is.EqualTo("not BTF"));
        var bytes = btf.Bytes();
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(Find(bytes[..length], "prot", out error), Is.Null, $"cut off after {length} bytes");
    }

    private static unsafe Fields? Find(byte[] bytes, string name, out string? error)
    {
        fixed (byte* start = bytes)
            return BtfEnum.Find(start, (nuint)bytes.Length, name, out error);
    }

    /// <summary>Writes BTF as Documentation/bpf/btf.rst lays it out.</summary>
    private sealed class Btf
    {
        private readonly List<byte> _types = [];
        private readonly List<byte> _strings = [0];

        public int Name(string name)
        {
            int offset = _strings.Count;
            _strings.AddRange(Encoding.ASCII.GetBytes(name + "\0"));
            return name.Length == 0 ? 0 : offset;
        }

        public void Type(string name, int kind, int count, params int[] words)
        {
            _types.AddRange(BitConverter.GetBytes(Name(name)));
            _types.AddRange(BitConverter.GetBytes(kind << 24 | count));
            foreach (int word in words)
                _types.AddRange(BitConverter.GetBytes(word));
        }

        public byte[] Bytes() =>
            [
                0x9f,
                0xeb,
                1,
                0,
                .. BitConverter.GetBytes(24),
                .. BitConverter.GetBytes(0),
                .. BitConverter.GetBytes(_types.Count),
                .. BitConverter.GetBytes(_types.Count),
                .. BitConverter.GetBytes(_strings.Count),
                .. _types,
                .. _strings,
            ];
    }
}
