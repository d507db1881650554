namespace Harness.Images.Tests;

[NonParallelizable]
public class DebianMirrorTests
{
    private string _folder = null!;
    private string? _before;

    [SetUp]
    public void Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("harness-apt-").FullName;
        _before = Environment.GetEnvironmentVariable(DebianMirror.Variable);
        Environment.SetEnvironmentVariable(DebianMirror.Variable, null);
    }

    [TearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(DebianMirror.Variable, _before);
        Environment.SetEnvironmentVariable(DebianMirror.SecurityVariable, null);
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("deb http://mirror.test/debian stable main\n", "http://mirror.test/debian", TestName = "{m}(one line)")]
    [TestCase(
        "deb https://mirror.test/debian/ stable main",
        "https://mirror.test/debian",
        TestName = "{m}(trailing slash)"
    )]
    [TestCase(
        "deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.test/debian stable main\n",
        "http://mirror.test/debian",
        TestName = "{m}(options)"
    )]
    [TestCase(
        "deb\thttp://mirror.test:8080/pub/debian\tstable main\n",
        "http://mirror.test:8080/pub/debian",
        TestName = "{m}(tabs, port, path)"
    )]
    [TestCase(
        "# deb http://old.test/debian stable main\n  #deb http://old.test/debian x y\ndeb http://mirror.test/debian stable main\n",
        "http://mirror.test/debian",
        TestName = "{m}(comments)"
    )]
    [TestCase(
        "deb http://mirror.test/debian-security stable-security main\ndeb http://mirror.test/debian stable main\n",
        "http://mirror.test/debian",
        TestName = "{m}(security first)"
    )]
    [TestCase(
        "Types: deb\nURIs: http://mirror.test/debian-security\nSuites: stable-security\nComponents: main\n\nTypes: deb\nURIs: http://mirror.test/debian/\nSuites: stable\nComponents: main\nSigned-By: /x\n",
        "http://mirror.test/debian",
        TestName = "{m}(deb822)"
    )]
    [TestCase(
        "Types: deb\r\nURIs: http://mirror.test/debian\r\nSuites: stable\r\nComponents: main\r\n",
        "http://mirror.test/debian",
        TestName = "{m}(CRLF)"
    )]
    [TestCase(
        "Types: deb\nURIs: http://other.test/extra http://mirror.test/debian\nSuites: stable\nComponents: main contrib\n",
        "http://mirror.test/debian",
        TestName = "{m}(two URIs)"
    )]
    [TestCase(
        "Enabled: no\nTypes: deb\nURIs: http://old.test/debian\nSuites: stable\nComponents: main\n\nTypes: deb\nURIs: http://mirror.test/debian\nSuites: stable\nComponents: main\n",
        "http://mirror.test/debian",
        TestName = "{m}(a stanza that is off)"
    )]
    [TestCase("deb http://mirror.test/debian-security stable-security main\n", null, TestName = "{m}(security alone)")]
    [TestCase("deb http://mirror.test/ubuntu noble main\n", null, TestName = "{m}(another system)")]
    [TestCase("deb cdrom:[Debian]/debian stable main\n", null, TestName = "{m}(a disc)")]
    [TestCase("", null, TestName = "{m}(nothing)")]
    public void The_archive_is_read_from_sources_of_either_format(string text, string? mirror) =>
        Assert.That(
            DebianMirror.In(AptSource.InFile(text.Contains("URIs:") ? "x.sources" : "x.list", text)),
            Is.EqualTo(mirror)
        );

    [Test]
    public void The_folder_is_searched_in_apts_order_and_only_in_files_that_apt_reads()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sources.list.d"));
        Write("sources.list.d/a.list.save", "deb http://saved.test/debian stable main");
        Write("sources.list.d/b.list", "deb http://other.test/tools x main");
        Write("sources.list.d/c.sources", "Types: deb\nURIs: http://c.test/debian\nSuites: stable\nComponents: main\n");
        Assert.That(DebianMirror.Find(_folder), Is.EqualTo("http://c.test/debian"));
        Write("sources.list", "deb http://first.test/debian stable main");
        Assert.That(DebianMirror.Find(_folder), Is.EqualTo("http://first.test/debian"));
    }

    /// <summary>
    /// Vendors' archives may also end in /debian and have a main component; their files often come first.
    /// </summary>
    [TestCase("deb [signed-by=/usr/share/keyrings/vendor.gpg] https://vendor.test/deb/debian any-version main")]
    [TestCase("deb https://vendor.test/deb/debian any-version main")]
    [TestCase("deb [signed-by=/usr/share/keyrings/vendor.gpg] https://vendor.test/tool/debian bookworm main")]
    [TestCase("deb https://vendor.test/tool/debian bookworm main")]
    [TestCase("deb https://vendor.test/linux/debian bookworm stable")]
    [TestCase("deb-src http://sources.test/debian bookworm main")]
    public void An_archive_that_is_not_Debians_own_is_not_taken_for_it(string vendor)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sources.list.d"));
        Write("sources.list.d/a-vendor.list", vendor + "\n");
        Write(
            "sources.list.d/debian.sources",
            """
            Types: deb
            URIs: http://mirror.test/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
            """
        );
        Assert.That(DebianMirror.Find(_folder), Is.EqualTo("http://mirror.test/debian"));
        File.Delete(Path.Combine(_folder, "sources.list.d/debian.sources"));
        Write(
            "sources.list.d/debian.list",
            "deb http://mirror.test/anything bookworm main\ndeb http://mirror.test/anything bookworm-updates main\n"
        );
        Assert.That(DebianMirror.Find(_folder), Is.EqualTo("http://mirror.test/anything"));
    }

    [TestCase(
        "deb http://mirror.test/debian bookworm main\ndeb http://other.test/sec bookworm-security main\n",
        "http://other.test/sec"
    )]
    [TestCase(
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.test/debian bookworm main\ndeb [signed-by=/x.gpg] http://vendor.test/sec bookworm-security main\n",
        "http://mirror.test/debian-security"
    )]
    [TestCase("deb http://mirror.test/debian bookworm main\n", "http://mirror.test/debian-security")]
    public void Security_updates_come_from_what_apt_names_or_from_beside_the_archive(string sources, string address)
    {
        Write("sources.list", sources);
        Assert.That(DebianMirror.FindSecurity(_folder), Is.EqualTo(address));
        Environment.SetEnvironmentVariable(DebianMirror.Variable, "http://given.test/debian");
        Assert.That(DebianMirror.FindSecurity(_folder), Is.EqualTo("http://given.test/debian-security"));
        Environment.SetEnvironmentVariable(DebianMirror.SecurityVariable, "http://given.test/updates/");
        Assert.That(DebianMirror.FindSecurity(_folder), Is.EqualTo("http://given.test/updates"));
    }

    [Test]
    public void Without_an_archive_the_error_names_the_variable()
    {
        Assert.That(
            () => DebianMirror.Find(_folder),
            Throws.InstanceOf<ImageException>().With.Message.Contains(DebianMirror.Variable)
        );
        Write("sources.list", "deb http://first.test/debian stable main");
        Environment.SetEnvironmentVariable(DebianMirror.Variable, "http://given.test/debian");
        Assert.That(DebianMirror.Find(_folder), Is.EqualTo("http://given.test/debian"));
        Environment.SetEnvironmentVariable(DebianMirror.Variable, "");
        Assert.That(DebianMirror.Find(_folder), Is.EqualTo("http://first.test/debian"));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
