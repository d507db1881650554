namespace Harness.Protocol.Tests;

/// <summary>Stored observations from earlier versions of the protocol.</summary>
public class StoredJsonTests
{
    [Test]
    public void An_observation_of_version_2_is_read_as_what_its_steps_are_now()
    {
        var read = StoredJson.ReadObservation(
            """
            {"case":"c","end":"completed","detail":null,"micros":9,"steps":[
            {"index":0,"op":"memory-file","errno":0,"values":{}},
            {"index":1,"op":"map-at","errno":0,"values":{"address":18446744073709551615}},
            {"index":2,"op":"bound-memslot","errno":22,"values":{}},
            {"index":3,"op":"trace","errno":0,"values":{"available":true,"events":[{"name":"m","addr":1073741824,"prot":5}],"lost":0}},
            {"index":4,"op":"trace","errno":0,"values":{"available":false,"why":"no tracefs"}},
            {"index":5,"op":"run","errno":0,"values":{"exit":6,"address":150994944,"length":4,"write":true,"data":256}},
            {"index":6,"op":"get-registers","errno":0,"values":{"x10":1,"x13":512}},
            {"index":7,"op":"vcpu","errno":22,"values":{"call":"KVM_CREATE_VCPU"}}],"kernelLog":["x"]}
            """
        );

        Deep.AssertSame(
            read,
            new Observation(
                "c",
                ObservationEnd.Completed,
                null,
                9,
                [
                    new MemfdResult(),
                    new MapResult(ulong.MaxValue),
                    new MemslotResult { Errno = 22 },
                    new TraceResult(true, null, [new TraceEvent("m", 0x4000_0000, Prot: 5)]),
                    new TraceResult(false, "no tracefs"),
                    new RunResult(6, 0x900_0000, 4, true, 0x100),
                    new GetRegistersResult(
                        new Dictionary<GuestRegister, ulong> { [GuestRegister.X10] = 1, [GuestRegister.X13] = 0x200 }
                    ),
                    new VcpuResult("KVM_CREATE_VCPU") { Errno = 22 },
                ],
                ["x"]
            )
        );
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("no json")]
    [TestCase("""{"steps":[{"values":{}}]}""")]
    [TestCase("""{"steps":[{"op":1,"values":[]}]}""")]
    public void A_malformed_observation_is_refused(string text) =>
        Assert.That(() => StoredJson.ReadObservation(text), Throws.InstanceOf<ProtocolException>());
}
