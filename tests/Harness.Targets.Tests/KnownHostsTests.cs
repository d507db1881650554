using System.Globalization;
using System.Text;
using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.SshNet;

namespace Harness.Targets.Tests;

/// <summary>known_hosts, compared with the output of ssh-keygen -F.</summary>
public class KnownHostsTests
{
    private static readonly PublicKey[] Keys = [.. Enumerable.Range(1, 12).Select(Key)];

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("known").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("lab1")]
    [TestCase("LAB1")]
    [TestCase("lab2")]
    [TestCase("lab10.example.org")]
    [TestCase("not.example.org")]
    [TestCase("[lab1]:2222")]
    [TestCase("[lab3]:2222")]
    [TestCase("10.0.0.7")]
    [TestCase("fe80::1")]
    [TestCase("hashed")]
    [TestCase("[hashed]:2222")]
    [TestCase("old")]
    [TestCase("nobody")]
    public async Task The_same_lines_are_found(string name)
    {
        var file = Written(
            $"""
            # lab1 in a comment
            lab1,lab2 {Line(0)} a comment
              Lab1 {Line(1)}
            *.example.org,!not.example.org {Line(2)}
            [lab1]:2222,10.0.0.? {Line(3)}
            [lab?]:2222 {Line(4)}
            fe80::1 {Line(5)}
            @revoked lab1 {Line(6)}
            @cert-authority *.example.org {Line(7)}
            {KnownHostsFile.LineOf("hashed", Keys[8], true)}
            {KnownHostsFile.LineOf("[hashed]:2222", Keys[9], true)}
            @unknown lab1 {Line(10)}
            lab1
            |1|x|y {Line(10)}
            old	{Line(0)}

            """
        );
        Assert.That(Found(file, name), Is.EqualTo(await KeygenAsync(file, name)));
    }

    [Test]
    public void A_line_with_an_unreadable_key_is_ignored()
    {
        // ssh-keygen -F prints it, and ssh ignores it.
        var file = Written($"lab1 ssh-ed25519 not-base64\nlab1 ssh-rsa {Line(0).Split(' ')[1]}\nlab1 ssh-ed25519\n");
        Assert.That(Found(file, "lab1"), Is.Empty);
    }

    [Test]
    public async Task Names_that_ssh_keygen_has_hashed_are_found()
    {
        var file = Written($"lab1,lab2 {Line(0)}\n[lab3]:2222 {Line(1)}\n");
        (await new ProcessRunner().RunAsync(new ProcessSpec("ssh-keygen", "-q", "-H", "-f", file))).EnsureSuccess();
        Assert.That(await File.ReadAllTextAsync(file), Does.Not.Contain("lab"));
        foreach (var name in new[] { "lab1", "lab2", "[lab3]:2222", "lab3" })
            Assert.That(Found(file, name), Is.EqualTo(await KeygenAsync(file, name)), name);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_line_that_is_written_is_found_by_ssh_keygen(bool hashed)
    {
        var file = Written("other " + Line(1)); // Without its last line feed.
        var hosts = Hosts("lab1", 2222, HostKeyPolicy.AcceptNew, file, hashed: hashed);
        Assert.That(hosts.Judge(Keys[0]).Failure, Is.Null);
        var text = await File.ReadAllTextAsync(file);
        Assert.That(text.Contains("lab1", StringComparison.Ordinal), Is.Not.EqualTo(hashed));
        Assert.That(await KeygenAsync(file, "[lab1]:2222"), Is.EqualTo(new[] { "2" }));
        Assert.That(Hosts("lab1", 2222, HostKeyPolicy.Strict, file).Judge(Keys[0]).Failure, Is.Null);
        Assert.That(
            Hosts("lab1", 2222, HostKeyPolicy.AcceptNew, file).Judge(Keys[1]).Failure,
            Is.EqualTo(TargetFailure.HostKeyChanged)
        );
    }

    [Test]
    public void Many_harnesses_that_record_at_once_record_each_host_once()
    {
        var file = Path.Combine(_folder, "new", "known_hosts");
        Parallel.For(0, 40, i =>
            Assert.That(Hosts($"lab{i % 10}", 22, HostKeyPolicy.AcceptNew, file).Judge(Keys[i % 10]).Failure, Is.Null)
        );
        Assert.That(
            File.ReadAllLines(file).Order(),
            Is.EqualTo(Enumerable.Range(0, 10).Select(i => $"lab{i} {Line(i)}"))
        );
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_recorded_key_is_trusted_and_no_other()
    {
        var file = Written($"lab1 {Line(0)}\n");
        var hosts = Hosts("lab1", 22, HostKeyPolicy.AcceptNew, file);
        Assert.That(hosts.Types, Is.EqualTo(new[] { "ssh-ed25519" }));
        Assert.That(hosts.Judge(Keys[0]).Failure, Is.Null);
        var other = hosts.Judge(Keys[1]);
        Assert.That(other.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(
            other.Why,
            Does.Contain($"{file}:1").And.Contain(Keys[0].Fingerprint).And.Contain(Keys[1].Fingerprint)
        );
        Assert.That(File.ReadAllText(file), Is.EqualTo($"lab1 {Line(0)}\n"));
    }

    [TestCase(HostKeyPolicy.Strict)]
    [TestCase(HostKeyPolicy.AcceptNew)]
    public void A_revoked_key_is_refused_though_it_is_recorded(HostKeyPolicy policy)
    {
        var file = Written($"lab1 {Line(0)}\n@revoked * {Line(0)}\n");
        var verdict = Hosts("lab1", 22, policy, file).Judge(Keys[0]);
        Assert.That(verdict.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(verdict.Why, Does.Contain($"revoked in {file}:2"));
    }

    [Test]
    public void A_revoked_key_of_a_new_host_is_refused()
    {
        var file = Written($"@revoked * {Line(0)}\n");
        Assert.That(
            Hosts("lab1", 2222, HostKeyPolicy.AcceptNew, file).Judge(Keys[0]).Failure,
            Is.EqualTo(TargetFailure.HostKeyChanged)
        );
        Assert.That(Hosts("lab1", 2222, HostKeyPolicy.AcceptNew, file).Judge(Keys[1]).Failure, Is.Null);
    }

    [Test]
    public void A_port_of_which_nothing_is_recorded_may_have_the_key_of_the_name_alone()
    {
        var file = Written($"lab1 {Line(0)}\n");
        Assert.That(Hosts("lab1", 2222, HostKeyPolicy.Strict, file).Judge(Keys[0]).Failure, Is.Null);
        Assert.That(
            Hosts("lab1", 2222, HostKeyPolicy.Strict, file).Judge(Keys[1]).Failure,
            Is.EqualTo(TargetFailure.HostKeyUnknown)
        );
    }

    [Test]
    public void An_alias_stands_for_name_and_port()
    {
        var file = Written($"the-lab {Line(0)}\nlab1 {Line(1)}\n");
        var hosts = new KnownHosts(
            "lab1:2222",
            "lab1",
            2222,
            new([file], [], HostKeyPolicy.Strict) { Alias = "The-Lab" }
        );
        Assert.That(hosts.Judge(Keys[0]).Failure, Is.Null);
        Assert.That(hosts.Judge(Keys[1]).Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
    }

    [Test]
    public void A_host_of_which_only_an_authority_is_known_is_distinguished()
    {
        var file = Written($"@cert-authority * {Line(0)}\nlab2 {Line(1)}\n");
        Assert.That(Hosts("lab1", 22, HostKeyPolicy.Strict, file).OnlyByAuthority, Is.EqualTo($"{file}:1"));
        Assert.That(Hosts("lab2", 22, HostKeyPolicy.Strict, file).OnlyByAuthority, Is.Null);
        Assert.That(
            Hosts("lab1", 22, HostKeyPolicy.Strict, file).Judge(Keys[0]).Failure,
            Is.EqualTo(TargetFailure.HostKeyUnknown),
            "an authority's key is no host's"
        );
    }

    private static KnownHosts Hosts(string host, int port, HostKeyPolicy policy, string file, bool hashed = false) =>
        new($"{host}:{port}", host, port, new([file], [], policy) { Hashed = hashed });

    private static IEnumerable<string> Found(string file, string name) =>
        KnownHostsFile
            .Find([file], name)
            .Select(l =>
                l.Place[(l.Place.LastIndexOf(':') + 1)..]
                + (
                    l.Marker == KnownHostsMarker.Revoked ? " REVOKED"
                    : l.Marker == KnownHostsMarker.CertAuthority ? " CA"
                    : ""
                )
            );

    /// <summary>"# Host lab1 found: line 3 REVOKED".</summary>
    private static async Task<IEnumerable<string>> KeygenAsync(string file, string name)
    {
        var result = await new ProcessRunner().RunAsync(new ProcessSpec("ssh-keygen", "-F", name, "-f", file));
        return result
            .OutputText.Split('\n')
            .Where(l => l.StartsWith("# Host ", StringComparison.Ordinal))
            .Select(l => l[(l.IndexOf(": line ", StringComparison.Ordinal) + 7)..].Trim())
            .ToList();
    }

    private string Written(string text)
    {
        var file = Path.Combine(_folder, "known_hosts");
        File.WriteAllText(file, text);
        return file;
    }

    private static string Line(int index) => $"{Keys[index].Type} {Convert.ToBase64String(Keys[index].Blob)}";

    private static PublicKey Key(int number)
    {
        const string type = "ssh-ed25519";
        byte[] blob =
        [
            0,
            0,
            0,
            (byte)type.Length,
            .. Encoding.ASCII.GetBytes(type),
            0,
            0,
            0,
            32,
            .. Enumerable.Repeat((byte)number, 32),
        ];
        return PublicKey.Parse(type, Convert.ToBase64String(blob))
            ?? throw new AssertionException(number.ToString(CultureInfo.InvariantCulture));
    }
}
