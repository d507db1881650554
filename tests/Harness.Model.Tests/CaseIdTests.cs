using System.Security.Cryptography;
using System.Text;

namespace Harness.Model.Tests;

public class CaseIdTests
{
    [TestCase("")]
    [TestCase("anonymous:private vma=rw slot=none read")]
    public void An_id_is_the_beginning_of_the_hash_of_the_key(string key) =>
        Assert.That(
            CaseId.Of(key),
            Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..12])
        );

    /// <summary>Around the lengths at which the text no longer fits the stack.</summary>
    [Test]
    public void A_key_in_two_parts_has_the_id_of_the_whole_at_any_length()
    {
        foreach (int length in Enumerable.Range(0, 300).Append(2000))
        {
            string key = new('k', length);
            ulong expected = Convert.ToUInt64(
                Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..12],
                fromBase: 16
            );
            Assert.That(CaseId.Number(key), Is.EqualTo(expected));
            Assert.That(CaseId.Number(key[..(length / 3)], key[(length / 3)..]), Is.EqualTo(expected));
        }
    }

    [TestCase("f", 0xf247a6ff73a2ul, true)]
    [TestCase("F247", 0xf247a6ff73a2ul, true)]
    [TestCase("f247a6ff73a2", 0xf247a6ff73a2ul, true)]
    [TestCase("f247a6ff73a3", 0xf247a6ff73a2ul, false)]
    [TestCase("247a", 0xf247a6ff73a2ul, false)]
    [TestCase("00", 0x00ff00000000ul, true)]
    [TestCase("0", 0x10ff00000000ul, false)]
    public void A_prefix_fits_the_ids_that_begin_so(string prefix, ulong id, bool fits) =>
        Assert.That(IdPrefix.Parse(prefix)!.Value.Fits(id), Is.EqualTo(fits));

    [TestCase("")]
    [TestCase("xyz1")]
    [TestCase(" f24")]
    [TestCase("-f24")]
    [TestCase("0xf2")]
    [TestCase("f247a6ff73a20")]
    public void What_is_no_beginning_of_an_id_is_no_prefix(string text) => Assert.That(IdPrefix.Parse(text), Is.Null);
}
