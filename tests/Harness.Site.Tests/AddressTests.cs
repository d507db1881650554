namespace Harness.Site.Tests;

public sealed class AddressTests
{
    private static readonly string[] s_names =
    [
        "fwb",
        "7.2/max/vhe",
        "7.2~max~vhe",
        "a=b",
        "..",
        ".",
        "a..b",
        "a.",
        ".a",
        "fwb -> nofwb",
        "%2e%2e",
        "\u0000\u202e\n\"'<>#?&",
        "größe",
        "7.2.12+deb13-arm64",
    ];

    [TestCaseSource(nameof(s_names))]
    public void A_name_comes_back_from_its_address_and_is_one_file_in_its_folder(string name)
    {
        var address = Address.Host(name);

        Assert.Multiple(() =>
        {
            Assert.That(Address.Parse(address.Path), Is.EqualTo((Address.Area.Host, new[] { name })));
            Assert.That(address.Path, Does.Match("^hosts/[A-Za-z0-9._+~=-]+\\.html$"));
            Assert.That(Path.GetFullPath("/site/" + address.Path), Does.StartWith("/site/hosts/"));
        });
    }

    [Test]
    public void Two_names_have_two_addresses()
    {
        Assert.That(s_names.Select(n => Address.Host(n).Path.ToLowerInvariant()), Is.Unique);
    }

    [Test]
    public void Two_runs_come_back_from_the_address_of_their_comparison([Values("a", "a.", ".a", "a..b")] string before)
    {
        Assert.That(
            Address.Parse(Address.Comparison(before, "b").Path),
            Is.EqualTo((Address.Area.Compare, new[] { before, "b" }))
        );
    }

    [TestCase("runs/.html")]
    [TestCase("runs/a/b.html")]
    [TestCase("nothing/a.html")]
    [TestCase("runs/a")]
    [TestCase("compare/a.html")]
    [TestCase("compare/a..b..c.html")]
    [TestCase("../runs/a.html")]
    [TestCase("")]
    public void Another_path_is_no_address(string path)
    {
        Assert.That(Address.Parse(path), Is.Null);
    }

    [Test]
    public void A_link_is_relative_to_its_page()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Address.Host("fwb").From(Address.Home), Is.EqualTo("hosts/fwb.html"));
            Assert.That(Address.Home.From(Address.Host("fwb")), Is.EqualTo("../index.html"));
            Assert.That(Address.Run("a").From(Address.Host("fwb")), Is.EqualTo("../runs/a.html"));
        });
    }
}
