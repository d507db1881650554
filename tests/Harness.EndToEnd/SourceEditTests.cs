using Harness.KernelMutants;

namespace Harness.EndToEnd;

public class SourceEditTests
{
    private const string Source = """
        static bool open_door(struct door *d);

        static bool open_door(struct door *d)
        {
        	if (d->locked && !d->key)
        		return false;

        	return d->closed;
        }

        static int
        count_doors(struct house *h,
        	    int (*fits)(struct door *))
        {
        	if (open_door(h->front))
        		return -1;
        	return h->n + 1 +
        	       h->n;
        }
        """;

    [Test]
    public void An_edit_changes_one_place_in_its_function_and_nothing_else()
    {
        Assert.That(
            SourceEdit.Apply(Source, "open_door", @"d->locked && !d->key", "$0 && d->new"),
            Is.EqualTo(Source.Replace("!d->key", "!d->key && d->new", StringComparison.Ordinal))
        );
    }

    [Test]
    public void A_space_stands_for_any_white_space_and_parameters_may_be_functions()
    {
        Assert.That(
            SourceEdit.Apply(Source, "count_doors", @"\+ h->n;", "+ 2;"),
            Does.EndWith(
                "return h->n + 1 +\n\t       h->n;\n}".Replace("+\n\t       h->n;", "+ 2;", StringComparison.Ordinal)
            )
        );
    }

    [TestCase("open_door", "h->n", "\"h->n\" is not in open_door(): the source has moved, change the pattern")]
    [TestCase("count_doors", "h->n", "\"h->n\" is 2 times in count_doors(): the source has moved, change the pattern")]
    [TestCase("close_door", "x", "there is no function close_door(): the source has moved")]
    [TestCase("fits", "x", "there is no function fits(): the source has moved")]
    public void A_pattern_that_does_not_fit_is_refused(string function, string find, string message)
    {
        Assert.That(
            () => SourceEdit.Apply(Source, function, find, "y"),
            Throws.TypeOf<MutantException>().With.Message.EqualTo(message)
        );
    }

    [Test]
    public void A_function_that_is_defined_twice_and_an_edit_that_changes_nothing_are_refused()
    {
        Assert.That(
            () => SourceEdit.Apply(Source + "\n" + Source, "open_door", "d->key", "0"),
            Throws.TypeOf<MutantException>().With.Message.EqualTo("open_door() is defined 2 times")
        );
        Assert.That(
            () => SourceEdit.Apply(Source, "open_door", "d->key", "$0"),
            Throws.TypeOf<MutantException>().With.Message.EqualTo("replacing \"d->key\" in open_door() changes nothing")
        );
    }
}
